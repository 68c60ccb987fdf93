// A worker in JavaScript, for node 18 or newer:
//
//   NNI_HPO_TOKEN=... node worker.mjs http://127.0.0.1:8090/v1/studies/parabola
//
// The trial is a parabola; put your own program there.
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

const study = process.argv[2];
const headers = {
  Authorization: `Bearer ${process.env.NNI_HPO_TOKEN}`,
  "Content-Type": "application/json",
};

async function call(method, path, body, key = randomUUID()) {
  const answer = await fetch(study + path, {
    method,
    headers: { ...headers, "Idempotency-Key": key },
    body: JSON.stringify(body),
  });
  const content = await answer.json();
  if (!answer.ok && ![409, 410].includes(answer.status)) throw new Error(content.detail);
  return { status: answer.status, content };
}

async function run({ number, attempt, params }) {
  let value;
  for (let step = 0; step < 4; step++) {
    value = -((params.x - 0.3) ** 2) - 0.1 / (1 + step);
    const report = { attempt, step, value };
    const { content } = await call("POST", `/trials/${number}/reports`, report);
    if (content.decision === "stop") return { stopped: true };
  }
  return { values: value };
}

for (;;) {
  const { status, content: trial } = await call("POST", "/trials", { worker: "worker.mjs" });
  if (status === 410) break; // the study has no more
  if (status === 409) {
    await sleep(5000); // others run the last trials
    continue;
  }
  const result = { attempt: trial.attempt, ...(await run(trial)) };
  const { content } = await call("PUT", `/trials/${trial.number}/result`, result);
  console.log(`trial ${content.number}: ${content.status} ${content.values.default}`);
}
