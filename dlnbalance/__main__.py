"""``python -m dlnbalance`` is the command line program ``dlnbalance``."""

from .cli.commands import main

if __name__ == "__main__":
    main()
