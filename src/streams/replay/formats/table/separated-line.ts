const SEPARATORS = ['\t', ';', '|'];

/** What separates the fields of a line: a tab, a semicolon or a bar, if there is one outside of quotes; otherwise a comma. */
export function separatorOf(line: string): string {
  const unquoted = line.includes('"') ? line.replace(/"[^"]*"/g, '') : line;
  return SEPARATORS.find((each) => unquoted.includes(each)) ?? ',';
}

/** The fields of a line, without quotes and the space around them; `null` if a quote does not end. */
export function fieldsOf(line: string, separator: string): string[] | null {
  if (!line.includes('"')) {
    const fields = line.split(separator);
    for (let at = 0; at < fields.length; at++) fields[at] = fields[at]!.trim();
    return fields;
  }
  const fields: string[] = [];
  let [field, isQuoted] = ['', false];
  for (let at = 0; at < line.length; at++) {
    const sign = line[at]!;
    if (sign === '"' && isQuoted && line[at + 1] === '"') field += line[++at]!;
    else if (sign === '"' && (isQuoted || field.trim() === '')) isQuoted = !isQuoted;
    else if (sign === separator && !isQuoted) {
      fields.push(field.trim());
      field = '';
    } else field += sign;
  }
  fields.push(field.trim());
  return isQuoted ? null : fields;
}
