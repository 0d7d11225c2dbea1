import fc from 'fast-check';

/** In chunks of these lengths, over and over; each is memory of its own, as it comes from a socket. */
export function* chunksOf(bytes: Buffer, lengths: readonly number[]): Generator<Buffer> {
  let turn = 0;
  for (let pos = 0; pos < bytes.length; ) {
    const length = lengths[turn++ % lengths.length]!;
    yield Buffer.from(bytes.subarray(pos, pos + length));
    pos += length;
  }
}

export const lengthsOfChunks: fc.Arbitrary<number[]> = fc.oneof(
  fc.constantFrom<number[]>([1], [1 << 20]),
  fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 300 })), { minLength: 1, maxLength: 6 }),
);
