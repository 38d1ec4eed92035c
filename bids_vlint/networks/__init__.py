"""Networks: what a model set says of them, where their files are, and what they make of a stimulus.

The modules of this folder are what every family needs; the folders inside build on them and never the other way.
"""
