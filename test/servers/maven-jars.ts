import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from './server-process.js';

/** Jars of Maven Central, with all that they need. */
export interface MavenJars {
  /** Name of their folder: with the version in it, since what is there is never looked at again. */
  readonly name: string;
  /** `group:artifact:version` of each. */
  readonly artifacts: readonly string[];
}

/** How to get the programs that download and run them. */
export const HOW_TO_GET_JAVA = 'apt-get install maven default-jre-headless (Java 17 or later)';

// In the user's cache, since npm ci empties node_modules.
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tickmark');
const DOWNLOADED_WITHIN_MS = 300_000;

/** The folder that jars are kept in; it exists when they are there. */
export function folderOfJars({ name }: MavenJars): string {
  return join(cache, name);
}

/** Downloads jars once. Resolves with their folder. @throws with what Maven said. */
export async function downloadJars(jars: MavenJars): Promise<string> {
  const folder = folderOfJars(jars);
  if (existsSync(folder)) return folder;
  const maven = findProgram('mvn');
  if (!maven) throw new Error(`There is no Maven. How to get it: ${HOW_TO_GET_JAVA}`);
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(`${folder}-`);
  try {
    writeFileSync(join(work, 'pom.xml'), pomOf(jars));
    const args = ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${join(work, 'jars')}`];
    await promisify(execFile)(maven, args, { cwd: work, timeout: DOWNLOADED_WITHIN_MS });
    // Complete or not there, also when two runs download at once.
    if (!existsSync(folder)) renameSync(join(work, 'jars'), folder);
  } catch (cause) {
    if (existsSync(folder)) return folder;
    const said = (cause as { stdout?: string }).stdout?.trim() ?? '';
    throw new Error(`Maven could not download ${jars.artifacts[0]}:\n${said.slice(-2000)}`, { cause });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}

function pomOf({ artifacts }: MavenJars): string {
  const dependencies = artifacts.map((each) => {
    const [group, artifact, version] = each.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>tickmark</groupId>
  <artifactId>jars</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    ${dependencies.join('\n    ')}
  </dependencies>
</project>
`;
}
