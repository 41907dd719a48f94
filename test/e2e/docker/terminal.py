"""Runs a command on a terminal of its own: python3 terminal.py ROWS COLUMNS COMMAND…

What comes on standard input is typed, what the terminal shows goes to standard output. Descriptor 3 takes lines
"ROWS COLUMNS", new sizes of the terminal. Ends as the command does.
"""

import fcntl
import os
import select
import struct
import sys
import termios

rows, columns, *command = sys.argv[1:]


def resize(descriptor, rows, columns):
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))


master, slave = os.openpty()
resize(slave, rows, columns)
child = os.fork()
if child == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for standard in range(3):
        os.dup2(slave, standard)
    os.closerange(3, 1024)
    os.execvp(command[0], command)
os.close(slave)

sources = [0, 3, master]
sizes = b""
while True:
    ready, _, _ = select.select(sources, [], [])
    if 0 in ready:
        typed = os.read(0, 65536)
        if typed:
            os.write(master, typed)
        else:
            sources.remove(0)
    if 3 in ready:
        got = os.read(3, 4096)
        if not got:
            sources.remove(3)
        *lines, sizes = (sizes + got).split(b"\n")
        for line in lines:
            resize(master, *line.split())
    if master in ready:
        try:
            shown = os.read(master, 65536)
        except OSError:  # the last process has closed the terminal
            shown = b""
        if not shown:
            break
        os.write(1, shown)
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)
