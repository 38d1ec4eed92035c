"""`python -m bids_vlint`."""

from bids_vlint.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
