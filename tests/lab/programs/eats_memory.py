"""Takes memory until somebody stops it."""

held = []
while True:
    held.append(bytearray(b"x") * (8 * 1024**2))
