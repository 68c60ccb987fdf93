// Loaded into NNI's manager before its own code, for what NNI has no settings for.
'use strict';
const Module = require('module');
const net = require('net');

const [first, ...others] = process.env.NNI_HPO_ADDRESSES.split(',');
const patience = Number(process.env.NNI_HPO_TUNER_SECONDS) * 1000;
const version = process.env.NNI_HPO_NNI_VERSION;
for (const name of ['ADDRESSES', 'TUNER_SECONDS', 'NNI_VERSION']) {
  delete process.env[`NNI_HPO_${name}`];
}

// The manager listens on all network interfaces without a password: anyone who reaches the port
// can run commands. So it listens on the given addresses only.
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (...args) {
  if (typeof args[0] === 'number' && typeof args[1] !== 'string') {
    args.splice(1, 0, first);
    this.once('listening', () => others.forEach(address => openDoor(this, address)));
  }
  return listen.apply(this, args);
};

function openDoor(server, address) {
  const door = net.createServer(socket => server.emit('connection', socket));
  door.on('error', error => server.emit('error', error));
  listen.call(door, server.address().port, address);
  const close = server.close;
  server.close = function (...args) {
    door.close();
    return close.apply(this, args);
  };
}

// The manager gives up on a tuner that does not connect within 10 s, which a busy machine needs for
// the imports alone. A tuner that dies is detected at once.
const setTimer = globalThis.setTimeout;
globalThis.setTimeout = Object.assign(function (callback, delay, ...args) {
  const givesUp = delay === 10000 && String(callback).includes('Tuner did not connect');
  return setTimer(callback, givesUp ? patience : delay, ...args);
}, setTimer);

const load = Module._load;
Module._load = function (request, ...args) {
  const loaded = load.call(this, request, ...args);
  if (request === 'ssh2') mendOnce(loaded.Client.prototype, mendCommands);
  if (request === 'common/command_channel/rpc_util') mendOnce(loaded.RpcHelper.prototype, endCalls);
  if (request === 'common/ioc_shim') mendOnce(loaded.IocShim, goWithoutStorage);
  return loaded;
};

const mended = new WeakSet();
function mendOnce(target, mend) {
  if (!mended.has(target)) mend(target);
  mended.add(target);
}

// What runs on the workers is changed through the commands that the manager sends there.
function mendCommands(client) {
  const exec = client.exec;
  client.exec = function (command, ...args) {
    return exec.call(this, staysInside(keepsNni(command)), ...args);
  };
}

// At each start the manager upgrades NNI on every worker, which fails without a network, without pip
// and where Python refuses pip. A worker that has NNI keeps it.
const UPGRADE = / -m pip install nni --upgrade$/;
const FIND = "from importlib.metadata import version; version('nni')"; // quicker than an import
function keepsNni(command) {
  if (!UPGRADE.test(command)) return command;
  const python = command.replace(UPGRADE, '');
  return `${python} -c "${FIND}" || ${python} -m pip install "nni==${version}" "setuptools<81"`;
}

// The daemon on a worker listens on all network interfaces, too, and passes on what it receives; its
// trials are on the same machine. (A directory with a slash: not on Windows.)
const LAUNCH = / -m nni\.tools\.nni_manager_scripts\.launch_trial_keeper (\/\S+)$/;
const LOOPBACK = `
delete process.env.NODE_OPTIONS;
const server = require("net").Server.prototype, listen = server.listen;
server.listen = function (port, ...args) {
  if (typeof port === "number" && typeof args[0] !== "string") args.unshift("127.0.0.1");
  return listen.call(this, port, ...args);
};`;
function staysInside(command) {
  const launch = LAUNCH.exec(command);
  if (!launch) return command;
  const file = `${launch[1]}/loopback.js`;
  return `echo '${LOOPBACK}' > ${file}; NODE_OPTIONS="--require ${file}" ${command}`;
}

// The manager waits for ever for the answer of a worker that dies before it answers, and starts no
// more trials anywhere. So a call ends with its connection.
function endCalls(helper) {
  const wait = helper.waitResponse;
  helper.waitResponse = function (id) {
    if (!this.lost) {
      this.lost = new Promise((_, reject) => this.channel.onError(reject));
      this.lost.catch(() => {}); // the calls report it
    }
    return Promise.race([wait.call(this, id), this.lost]);
  };
}

// A hybrid service with local trials asks for a shared storage even if it has none, and fails.
function goWithoutStorage(services) {
  const get = services.get;
  services.get = function (kind) {
    const missing = kind.name === 'SharedStorageService' && !this.singletons.has(kind.name);
    return missing ? {} : get.call(this, kind);
  };
}
