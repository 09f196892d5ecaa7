/**
 * Endings of names that belong to text and data, never to a program worth opening. Short of these, the execute bit
 * and the first bytes decide, for shared objects too.
 */
const TEXT_OR_DATA = new Set(
  (
    '.a .al .bash .bat .bc .bmp .bz2 .c .cc .cfg .cjs .class .cmake .cmd .conf .conffiles .cpp .crt .css .csv .debug ' +
    '.def .desktop .ear .eex .egg .el .eot .erb .gif .go .gz .h .hh .hpp .htm .html .hxx .ico .in .inc .info .ini ' +
    '.ipynb .jar .java .jpeg .jpg .js .json .jsx .key .ko .la .less .list .lock .lua .m4 .map .md .md5sums .mjs .mk ' +
    '.mo .mod .msg .mts .o .ogg .otf .patch .pc .pem .ph .php .pl .plist .pm .png .po .pod .postinst .postrm .pot ' +
    '.preinst .prerm .proto .ps1 .pxd .py .pyc .pyi .pyo .pyx .qm .rake .rb .rpm .rs .rst .rules .s .scss .service ' +
    '.sh .shlibs .socket .sql .sum .svg .svgz .symbols .t .tar .target .tcl .templates .tex .tgz .tiff .timer .tmpl ' +
    '.toml .triggers .ts .tsx .ttf .txt .typed .vim .war .webp .whl .woff .woff2 .xml .xpm .xz .yaml .yml .zip .zst'
  ).split(' '),
);

/** Smaller files are no programs that carry package data: the smallest Go program is 300 times as large. */
const MIN_PROGRAM_BYTES = 4096;

/** setuid, setgid, and write by anyone: what makes a file that may be executed worth a look whatever it holds. */
const GIVING_MODES = 0o6002;

/** How many first bytes `isProgram` needs. */
export const PROGRAM_MAGIC_BYTES = 4;

/** False for names that are certainly of text or data. Looks at the last segment's ending only. */
export function mayBeProgram(path: string): boolean {
  const dot = path.lastIndexOf('.');
  if (dot === -1 || dot < path.lastIndexOf('/')) return true;
  return !TEXT_OR_DATA.has(path.slice(dot));
}

/** True when execute bits and size leave it possible. `mode` as in stat(2). */
export function hasProgramStat(mode: number, size: number): boolean {
  return (mode & 0o111) !== 0 && size >= MIN_PROGRAM_BYTES;
}

/** True when a file may be executed and its mode gives rights away. `mode` as in stat(2). */
export function givesRights(mode: number): boolean {
  return (mode & 0o111) !== 0 && (mode & GIVING_MODES) !== 0;
}

/** True when a file is worth opening though nobody wants its name: it may be a program, or its mode gives rights away. */
export function hasWantedStat(mode: number, size: number): boolean {
  return hasProgramStat(mode, size) || givesRights(mode);
}

/** True for the first bytes of ELF, PE (`MZ`) and Mach-O, 32 and 64 bits, either byte order, and universal files. */
export function isProgram(head: Uint8Array): boolean {
  if (head.length < PROGRAM_MAGIC_BYTES) return false;
  const [a = 0, b = 0, c = 0, d = 0] = head;
  if (a === 0x4d && b === 0x5a) return true;
  const magic = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  switch (magic) {
    case 0x7f454c46:
    case 0xfeedface:
    case 0xfeedfacf:
    case 0xcefaedfe:
    case 0xcffaedfe:
    // Also the magic of Java classes, whose name keeps them out.
    case 0xcafebabe:
      return true;
    default:
      return false;
  }
}
