// Runs a script on several machines over ssh, with the client that NNI itself uses: what works
// here works there, and the other way round. Reads a request on stdin, writes the answers to stdout.
'use strict';
const { Client } = require('ssh2');

function execute(client, command, input) {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, stream) => {
      if (error) return reject(error);
      const result = { command, stdout: '', stderr: '', code: null };
      stream.on('data', data => { result.stdout += data; });
      stream.stderr.on('data', data => { result.stderr += data; });
      stream.on('exit', code => { result.code = code; });
      stream.on('close', () => resolve(result));
      stream.end(input);
    });
  });
}

// The shell that does not find a command answers 127 or 126, that of Windows 9009 or 1.
async function firstFound(client, commands, input) {
  const runs = [];
  for (const command of commands) {
    runs.push(await execute(client, command, input));
    if (runs[runs.length - 1].code === 0) break;
  }
  return { runs };
}

function ask(machine, seconds) {
  return new Promise(resolve => {
    const client = new Client();
    const done = answer => { clearTimeout(timer); client.end(); resolve(answer); };
    const failed = (level, message) => done({ error: { level, message } });
    const timer = setTimeout(() => failed('script-timeout', ''), seconds * 1000);
    client.on('error', error => failed(error.level || 'other', error.code || error.message));
    client.on('ready', () => {
      firstFound(client, machine.commands, machine.input).then(
        done, error => failed('other', error.message));
    });
    try {
      client.connect(machine.login);
    } catch (error) {
      failed('key', error.message);
    }
  });
}

let text = '';
process.stdin.on('data', data => { text += data; });
process.stdin.on('end', async () => {
  const { machines, seconds } = JSON.parse(text);
  const answers = await Promise.all(machines.map(machine => ask(machine, seconds)));
  process.stdout.write(JSON.stringify(answers), () => process.exit(0));
});
