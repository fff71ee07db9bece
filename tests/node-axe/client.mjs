// Prints axe-core, for a test to run within a page.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

process.stdout.write(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js')))
