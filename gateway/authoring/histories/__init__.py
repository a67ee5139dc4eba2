"""Tests of rules as data: what devices say and people do in virtual time, and which alarms it must lead to.

A history is played on the engine of production. `reading` reads and checks the files, `play` runs one history, and
`running` judges it: expectations, rejected values, and whether the test could fail at all.
"""
