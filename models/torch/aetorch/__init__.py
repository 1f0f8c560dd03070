"""The PyTorch twin of ae: reads and writes ae's model files, computes what ae
computes, and trains denoisers where there is a GPU.

Needs PyTorch (1.13 or later) and NumPy; `python3 -m aetorch` is its command
line, ../README.md tells about it.  Nothing of ae depends on it.
"""
