// Preloaded into servers of others that know only fixed ports on every interface: a free port, of this machine alone.
const { Server } = require("node:net");

const { listen } = Server.prototype;
Server.prototype.listen = function listenOnLoopback(options, ...rest) {
  return listen.call(this, { ...options, host: "127.0.0.1", port: 0 }, ...rest);
};
