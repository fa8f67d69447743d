"""Runs pyftpdlib as SETTINGS tells. Started as root; serves as the user whose files it holds."""
import json
import logging
import os

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
from pyftpdlib.servers import FTPServer

settings = json.loads(os.environ["SETTINGS"])
logging.basicConfig(level=logging.ERROR)

authorizer = DummyAuthorizer()
authorizer.add_user(
    settings["user"], settings["password"], settings["home"], perm="elradfmwMT"
)

certificate = settings.get("certificate")


class Handler(TLS_FTPHandler if certificate else FTPHandler):
    auth_failed_timeout = 0


Handler.authorizer = authorizer
if certificate:
    Handler.certfile = certificate
    Handler.get_ssl_context()

server = FTPServer((settings["host"], settings["port"]), Handler)
server.max_cons = settings["sessions"]
os.setgroups([])
os.setgid(settings["gid"])
os.setuid(settings["uid"])
server.serve_forever()
