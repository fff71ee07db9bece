// Drives an OpenCRVS events service with @trpc/client and superjson as published, and prints one JSON line per case.
// Reads {"url": gateway, "token": a registrar's token} from standard input, so that no token stands in an argument.
import { createTRPCClient, httpBatchLink, TRPCClientError } from '@trpc/client'
import superjson from 'superjson'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'

const { url, token: registrar } = JSON.parse(readFileSync(0, 'utf8'))
const statuses = []
const bodies = []

function clientWith(token) {
  return createTRPCClient({
    links: [
      httpBatchLink({
        url: `${url}/events`,
        transformer: superjson,
        headers: token ? { Authorization: `Bearer ${token}` } : {},
        fetch: async (input, init) => {
          bodies.push(init?.body ?? null)
          const response = await fetch(input, init)
          statuses.push(response.status)
          return response
        }
      })
    ]
  })
}

async function exchanged(eventId, actionId) {
  const query = new URLSearchParams({
    grant_type: 'urn:opencrvs:oauth:grant-type:token-exchange',
    subject_token: registrar,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    requested_token_type: 'urn:opencrvs:oauth:token-type:single_record_token',
    event_id: eventId,
    action_id: actionId
  })
  const response = await fetch(`${url}/auth/token?${query}`, { method: 'POST' })
  return (await response.json()).access_token
}

function told(outcome) {
  if (outcome.status === 'fulfilled') {
    const last = outcome.value.actions?.map(({ type, status }) => `${type}:${status}`) ?? []
    return { ok: true, id: outcome.value.id, actions: last, document: outcome.value }
  }
  const error = outcome.reason
  return {
    ok: false,
    trpc: error instanceof TRPCClientError,
    message: error.message,
    code: error.data?.code,
    number: error.shape?.code,
    httpStatus: error.data?.httpStatus
  }
}

async function run(name, ...calls) {
  statuses.length = 0
  bodies.length = 0
  const outcomes = (await Promise.allSettled(calls.map((call) => call()))).map(told)
  console.log(JSON.stringify({ case: name, http: [...statuses], sent: [...bodies], outcomes }))
  return outcomes
}

const user = clientWith(registrar)

async function waiting(type, declaration) {
  const event = await user.event.create.mutate({ type, transactionId: randomUUID() })
  const declared = { eventId: event.id, transactionId: randomUUID(), declaration, keepAssignment: true }
  await user.event.actions.declare.request.mutate(declared)
  const asked = { eventId: event.id, transactionId: randomUUID() }
  const waits = await user.event.actions.register.request.mutate(asked)
  const actionId = waits.actions.at(-1).id
  return { eventId: event.id, actionId, bridge: clientWith(await exchanged(event.id, actionId)) }
}

const accept = ({ eventId, actionId, bridge }, registrationNumber, declaration) => () =>
  bridge.event.actions.register.accept.mutate({
    transactionId: `mosip-interop-${randomUUID()}`,
    eventId,
    actionId,
    registrationNumber,
    declaration
  })
const reject = ({ eventId, actionId, bridge }) => () =>
  bridge.event.actions.register.reject.mutate({ transactionId: randomUUID(), eventId, actionId })

const name = { firstname: 'Amara', surname: 'Okello' }
const birth = { 'child.name': name, 'child.dob': '2026-04-28' }
const death = { 'deceased.name': name, 'deceased.nid': '6082941573' }
const nid = { 'child.nid': '4170936258' }

const [created] = await run('create', () => user.event.create.mutate({ type: 'birth', transactionId: randomUUID() }))
const eventId = created.id
await run('declare', () =>
  user.event.actions.declare.request.mutate({
    eventId,
    transactionId: randomUUID(),
    declaration: birth,
    keepAssignment: true
  })
)
const [registered] = await run('register', () =>
  user.event.actions.register.request.mutate({ eventId, transactionId: randomUUID() })
)
const actionId = registered.document.actions.at(-1).id
const first = { eventId, actionId, bridge: clientWith(await exchanged(eventId, actionId)) }
await run('accept', accept(first, 'NODE00000001', nid))
await run('accept-again', accept(first, 'NODE00000001', nid))
await run('reject-after-accept', reject(first))

const second = await waiting('birth', birth)
await run('reject', reject(second))
await run('reject-again', reject(second))
await run('accept-after-reject', accept(second, 'NODE00000002', nid))

const third = await waiting('death', death)
await run('accept-undefined', accept(third, 'NODE00000003', { 'child.nid': undefined }))

const get = (id) => () => user.event.get.query({ eventId: id })
await run('batch', get(eventId), get(third.eventId))
await run('mixed-batch', get(eventId), get(randomUUID()))
await run('no-token', () => clientWith(null).event.get.query({ eventId }))
