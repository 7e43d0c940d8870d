"""What the live run says where something that it needs is not on this machine."""


class ViewerNotAvailableError(Exception):
    """The viewer, a browser or a server is not on this machine and cannot be fetched."""
