/** The unit of a mount, by its path (systemd.unit(5), "String Escaping"). */
export function mountUnit(mountpoint: string): string {
  const bytes = [...Buffer.from(mountpoint.replace(/^\/+|\/+$/g, ''), 'utf8')];
  const escaped = bytes.map((byte, at) => {
    const letter = String.fromCharCode(byte);
    if (letter === '/') return '-';
    const plain = /[A-Za-z0-9:_.]/.test(letter) && !(at === 0 && letter === '.');
    return plain ? letter : `\\x${byte.toString(16).padStart(2, '0')}`;
  });
  return `${escaped.join('') || '-'}.mount`;
}
