"""``python -m fw_gear_viewer_check`` is the command ``viewer-check``."""

from fw_gear_viewer_check.cli import main

if __name__ == "__main__":
    main()
