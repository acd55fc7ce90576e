"""Start the chat: arguments, one pipeline, one server."""

from __future__ import annotations

import os
import sys

from chat.arguments import parsed

if __name__ == "__main__":
    arguments = parsed(sys.argv[1:], os.environ)
    from chat.server import serve

    sys.exit(serve(arguments))
