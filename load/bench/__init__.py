"""What the bridge costs: CPU per operation beside the floor of this machine, and births per second in a loop.

`python -m load.bench` (or `make bench`). Figures are CPU time of the bridge's processes, as the system counts
it, so that they mean something on a machine that is busy with other things too.
"""
