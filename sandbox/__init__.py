"""The composition: keys and certificates, ports, processes, health, and the mosip-harness command.

Starts every party in a process group of its own and leaves nothing behind.
"""
