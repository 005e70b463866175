import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeJson, decodeUtf8 } from '../../src/adapters/driving/operations/index.js';

const malformed = expect.objectContaining({ code: 'malformed_request' });
const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

describe('JSON from outside', () => {
  it('is read as JSON.parse reads it, if no object has a key twice and nothing is nested too deeply', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 7 }), text => {
        expect(decodeJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('is refused if an object has a key twice, however it is written', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.jsonValue({ maxDepth: 2 }),
        fc.array(fc.string(), { maxLength: 3 }),
        (key, value, others) => {
          const escaped = `"${[...key].map(character => [...Array(character.length).keys()].map(at => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')).join('')}"`;
          const between = others
            .filter(other => other !== key)
            .map((other, index) => `${JSON.stringify(`${index}${other}`)}:0,`);
          const text = `{"outer":[{${JSON.stringify(key)}:${JSON.stringify(value)},${between.join('')}${escaped}:1}]}`;
          // The keys between could collide with the key itself after their number is put in front.
          fc.pre(!others.some((other, index) => `${index}${other}` === key));
          expect(() => decodeJson(text)).toThrow(malformed);
        },
      ),
    );
  });

  it.each(['{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '[{"b":{"__proto__":1,"__proto__":2}}]', '{"":0,"":0}'])(
    '%s has a key twice',
    text => {
      expect(() => decodeJson(text)).toThrow(malformed);
    },
  );

  it.each(['{"a":1,"b":{"a":1}}', '[{"a":1},{"a":1}]', '{"a":"a","b":["a","a"]}', '{"a":"{\\"b\\":1,\\"b\\":2}"}'])(
    '%s has not',
    text => {
      expect(decodeJson(text)).toEqual(JSON.parse(text));
    },
  );

  it('is nested 8 levels deep at most; brackets in text do not count', () => {
    expect(decodeJson(nested(8))).toEqual(JSON.parse(nested(8)));
    expect(() => decodeJson(nested(9))).toThrow(malformed);
    expect(() => decodeJson(nested(8000))).toThrow(malformed);
    expect(decodeJson(`"${nested(100)}"`)).toBe(nested(100));
  });

  it.each(['', '{', 'undefined', "{'a':1}", '{"a":1,}', 'NaN', '\ufeff{}', '{"a":01}'])('%j is not JSON', text => {
    expect(() => decodeJson(text)).toThrow(malformed);
  });

  it('keeps __proto__ a key like any other', () => {
    const value = decodeJson('{"__proto__":{"polluted":true}}');
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect('polluted' in {}).toBe(false);
  });
});

/** Text of any code points. fast-check's own `unit: 'binary'` first makes a table of all of them, which takes a second. */
const anyText = fc
  .array(fc.integer({ min: 0, max: 0x10ffff }).filter(point => point < 0xd800 || point > 0xdfff))
  .map(points => String.fromCodePoint(...points));

describe('bytes from outside', () => {
  it.each([[[0xff]], [[0xc3]], [[0xed, 0xa0, 0x80]], [[0xc0, 0x80]], [[0xf4, 0x90, 0x80, 0x80]]])(
    '%j are not UTF-8',
    bytes => {
      expect(() => decodeUtf8(Uint8Array.from(bytes))).toThrow(malformed);
    },
  );

  it('are read as they are', () => {
    fc.assert(
      fc.property(anyText, text => {
        fc.pre(!text.startsWith('\ufeff'));
        expect(decodeUtf8(Buffer.from(text))).toBe(text);
      }),
    );
  });
});
