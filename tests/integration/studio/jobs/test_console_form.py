"""The console's form of each command has an input for each parameter that the engine publishes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from studio.jobs.declared_commands import DeclaredCommands
from tests.support.waiting import PATIENCE_S

WEB = Path(__file__).parents[4] / "web"
FIELDS = "console/src/studio/jobs/commandFields.ts"
NAMES_OF_INPUTS = """
import fs from "node:fs";
import { createServer } from "vite";
const vite = await createServer({ server: { middlewareMode: true, ws: false }, appType: "custom", logLevel: "error" });
const { fieldsOf } = await vite.ssrLoadModule("/" + process.argv[1]);
await vite.close();
const schemas = JSON.parse(fs.readFileSync(0, "utf8"));
const names = Object.entries(schemas).map(([name, schema]) => [name, fieldsOf(schema).map((field) => field.name)]);
console.log(JSON.stringify(Object.fromEntries(names)));
"""


def test_the_form_has_an_input_for_each_parameter() -> None:
    schemas = {name: command.schema for name, command in DeclaredCommands().startable().items()}
    ran = subprocess.run(
        ["node", "--input-type=module", "--eval", NAMES_OF_INPUTS, FIELDS],
        cwd=WEB,
        input=json.dumps(schemas),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == {name: list(schema["properties"]) for name, schema in schemas.items()}
