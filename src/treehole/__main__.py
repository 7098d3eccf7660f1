"""`python -m treehole`."""

from treehole.cli import main

if __name__ == "__main__":
    main()
