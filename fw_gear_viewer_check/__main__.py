"""``python -m fw_gear_viewer_check`` is the command ``viewer-check``.

The workers of a survey import what their parent was started by, and need nothing of it: it imports
the command line when it is called.
"""


def main() -> None:
    """Run the command."""
    from fw_gear_viewer_check import cli  # noqa: PLC0415 - not in workers

    cli.main()


if __name__ == "__main__":
    main()
