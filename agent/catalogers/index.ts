import type { Cataloger } from '../../core/facts.ts';
import { apk } from './apk/index.ts';
import { binary } from './binary/index.ts';
import { bitnami } from './bitnami/index.ts';
import { bottlerocket } from './bottlerocket/index.ts';
import { chisel } from './chisel/index.ts';
import { conda } from './conda/index.ts';
import { cos } from './cos/index.ts';
import { credentials } from './credentials/index.ts';
import { dotnet } from './dotnet/index.ts';
import { dotnetAssembly } from './dotnet-assembly/index.ts';
import { dpkg } from './dpkg/index.ts';
import { dpkgCopyright } from './dpkg-copyright/index.ts';
import { elfNote } from './elf-note/index.ts';
import { embeddedSbom } from './embedded-sbom/index.ts';
import { fileModes } from './file-modes/index.ts';
import { goBinary } from './go/index.ts';
import { homebrew } from './homebrew/index.ts';
import { java } from './java/index.ts';
import { julia } from './julia/index.ts';
import { jvm } from './jvm/index.ts';
import { lua } from './lua/index.ts';
import { nim } from './nim/index.ts';
import { nix } from './nix/index.ts';
import { npm } from './npm/index.ts';
import { opam } from './opam/index.ts';
import { opkg } from './opkg/index.ts';
import { osRelease } from './os-release/index.ts';
import { otp } from './otp/index.ts';
import { pacman } from './pacman/index.ts';
import { pear } from './pear/index.ts';
import { perl } from './perl/index.ts';
import { phpComposer } from './php-composer/index.ts';
import { portage } from './portage/index.ts';
import { python } from './python/index.ts';
import { r } from './r/index.ts';
import { redHat } from './red-hat/index.ts';
import { rpm } from './rpm/index.ts';
import { ruby } from './ruby/index.ts';
import { rustBinary } from './rust/index.ts';
import { shells } from './shells/index.ts';
import { wordpress } from './wordpress/index.ts';

/** Every cataloger, in the order their facts are stored. A new ecosystem is added here. */
export const catalogers: readonly Cataloger[] = [
  osRelease,
  dpkg,
  dpkgCopyright,
  apk,
  rpm,
  npm,
  python,
  goBinary,
  ruby,
  phpComposer,
  pear,
  pacman,
  opkg,
  portage,
  java,
  conda,
  r,
  perl,
  lua,
  jvm,
  rustBinary,
  chisel,
  embeddedSbom,
  bitnami,
  wordpress,
  binary,
  dotnet,
  elfNote,
  nix,
  fileModes,
  homebrew,
  cos,
  bottlerocket,
  otp,
  opam,
  julia,
  shells,
  credentials,
  redHat,
  dotnetAssembly,
  nim,
];
