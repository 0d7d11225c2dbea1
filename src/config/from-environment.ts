/** Begins the name of every variable that stands for a field of the configuration. */
const PREFIX = 'KUBEZOO_CONFIG_';

/**
 * What the environment says in the place of the file: `KUBEZOO_CONFIG_LOG_LEVEL=debug` is `logLevel`, and two underscores go a level
 * down (`KUBEZOO_CONFIG_ADMISSION_BRIDGE__PORT`). Values are JSON where they can be read as such, text elsewhere.
 */
export function fieldsFromEnvironment(env: NodeJS.ProcessEnv): { path: string[]; value: unknown; variable: string }[] {
  return Object.entries(env)
    .filter(([name, value]) => name.startsWith(PREFIX) && value !== undefined)
    .map(([variable, value]) => ({
      path: variable.slice(PREFIX.length).split('__').map(camelCase),
      value: readValue(value!),
      variable,
    }));
}

/** The variable that stands for the setting at that path: names from the top of the file down. */
export function variableOf(path: readonly string[]): string {
  return PREFIX + path.map((name) => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()).join('__');
}

/** A copy with the value put in. */
export function withField(object: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const before = isRecord(object) ? object : {};
  return { ...before, [key]: withField(before[key], rest, value) };
}

function camelCase(name: string): string {
  return name.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
