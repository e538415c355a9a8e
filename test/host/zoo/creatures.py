"""The small creatures of the clump zoo: each function sets up one situation and names who is who.

Started as `creatures.py NAME FOLDER` by a keeper with nothing but 0, 1 and 2 open. `outer` is this process; the tree
under test is forked from it. When everything stands, FOLDER/ready gets one JSON line {"target": [...], "roles": {...}}.
"""
import importlib, os, sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'creatures'))

for kind in ['families', 'pipes', 'unix_sockets', 'network', 'memory', 'files', 'kernel_objects', 'observers', 'places', 'terminals', 'rare', 'rarer', 'refused', 'conversations', 'objects', 'services']:
    creature = getattr(importlib.import_module(kind), sys.argv[1], None)
    if creature is not None:
        creature()
raise SystemExit('no creature is called ' + sys.argv[1])
