/** Messages of gnostic's openapi.v2, as far as tests of them need: field numbers are those of OpenAPIv2.proto. */

export function field(number: number, payload: Buffer | string): Buffer {
  const bytes = Buffer.from(payload);
  const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >> 7)]);
  return Buffer.concat([Buffer.from([...varint((number << 3) | 2), ...varint(bytes.length)]), bytes]);
}

/** An entry of a list of named things: `number` is its field in the list. */
export function named(number: number, name: string, value: Buffer | string): Buffer {
  return field(number, Buffer.concat([field(1, name), field(2, value)]));
}

export function reference(name: string): string {
  return `#/definitions/${name}`;
}

/** NamedAny with YAML. */
export function kinds(yaml: string, name = 'x-kubernetes-group-version-kind'): Buffer {
  return Buffer.concat([field(1, name), field(2, field(2, yaml))]);
}

/** Schema with a property that refers to another. */
export function schema(of: { reference?: string; text?: string; kinds?: Buffer }): Buffer {
  return Buffer.concat([
    ...(of.text === undefined ? [] : [field(4, of.text)]),
    ...(of.reference === undefined
      ? []
      : [field(25, field(1, Buffer.concat([field(1, 'io.demo01-acme.v1.Widget'), field(2, field(1, of.reference))])))]),
    ...(of.kinds === undefined ? [] : [field(31, of.kinds)]),
  ]);
}

/** Operation whose answer refers to a definition. */
export function operation(of: { tag?: string; operationId?: string; reference: string; kinds?: Buffer }): Buffer {
  const response = field(2, field(1, field(1, of.reference)));
  return Buffer.concat([
    ...(of.tag === undefined ? [] : [field(1, of.tag)]),
    ...(of.operationId === undefined ? [] : [field(5, of.operationId)]),
    field(9, field(1, Buffer.concat([field(1, '200'), field(2, field(1, response))]))),
    ...(of.kinds === undefined ? [] : [field(13, of.kinds)]),
  ]);
}

/** PathItem with a GET. */
export function pathItem(get: Buffer): Buffer {
  return field(2, get);
}
