import { unitsOf } from "@promobot/shared/money";

/** One parameter of a command: JSON Schema, with the `unit` that a number counts. */
export interface ParamSchema {
  type?: "integer" | "number" | "string" | "boolean";
  enum?: string[];
  title?: string;
  description?: string;
  default?: string | number | boolean;
  minimum?: number;
  maximum?: number;
  unit?: string;
}

/** JSON Schema of everything a command can be told, as `strategy/commands` serves it. */
export interface ParamsSchema {
  properties: Record<string, ParamSchema>;
  required: string[];
}

export type FieldValue = string | number | boolean;

/** An input of a command's form. Values are in the unit of the label: money in the currency, not in cents. */
export interface CommandField {
  name: string;
  kind: "choice" | "number" | "switch" | "text";
  label: string;
  help: string;
  choices: string[];
  integer: boolean;
  min: number | undefined;
  max: number | undefined;
  /** The default; empty text for none. */
  initial: FieldValue;
  required: boolean;
  /** So many of the schema's units are one of the label's: 100 for cents. */
  scale: number;
}

/** The inputs of a command's form, in the order of its schema; `currency` is the one in which commands count. */
export function fieldsOf(schema: ParamsSchema, currency: string): CommandField[] {
  return Object.entries(schema.properties).map(([name, param]) => {
    const scale = param.unit === "cents" ? unitsOf(currency) : 1;
    return {
      name,
      kind: kindOf(param),
      label: labelOf(name, param, currency),
      help: param.description ?? "",
      choices: param.enum ?? [],
      integer: param.type === "integer" && scale === 1,
      min: param.minimum === undefined ? undefined : param.minimum / scale,
      max: param.maximum === undefined ? undefined : param.maximum / scale,
      initial: typeof param.default === "number" ? param.default / scale : (param.default ?? ""),
      required: schema.required.includes(name),
      scale,
    };
  });
}

/** What the form's values tell the command, in the units of its schema. Empty inputs leave the choice to the command. */
export function paramsOf(
  fields: CommandField[],
  values: Readonly<Record<string, FieldValue>>,
): Record<string, FieldValue> {
  const params: Record<string, FieldValue> = {};
  for (const field of fields) {
    const value = values[field.name] ?? field.initial;
    if (value === "") continue;
    params[field.name] = field.kind === "number" ? inSchemaUnits(Number(value), field) : value;
  }
  return params;
}

function inSchemaUnits(value: number, field: CommandField): number {
  return field.scale === 1 ? value : Math.round(value * field.scale);
}

function kindOf(param: ParamSchema): CommandField["kind"] {
  if (param.enum) return "choice";
  if (param.type === "boolean") return "switch";
  return param.type === "integer" || param.type === "number" ? "number" : "text";
}

function labelOf(name: string, { title = name, unit }: ParamSchema, currency: string): string {
  if (unit === "cents") return `${title}, ${currency}`;
  return unit === undefined || title.toLowerCase().includes(unit) ? title : `${title}, ${unit}`;
}
