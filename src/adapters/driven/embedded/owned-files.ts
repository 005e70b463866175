import { NodeFS } from '../../../peers/pglite.js';

/** What is used of PGlite's access to files. It comes without types. */
interface FilesModule {
  readonly NODEFS: {
    readonly node_ops: {
      mknod(parent: unknown, name: string, mode: number, device: number): unknown;
      setattr: SetAttributes;
    };
    readonly stream_ops: { setattr: SetAttributes };
  };
}

type SetAttributes = (file: unknown, attributes: { readonly mode?: number }) => void;

const forOwner = (mode: number): number => mode & ~0o077;

const settingForOwner =
  (set: SetAttributes): SetAttributes =>
  (file, attributes) =>
    set(file, attributes.mode === undefined ? attributes : { ...attributes, mode: forOwner(attributes.mode) });

/**
 * PGlite's access to files, which creates them for their owner only: PGlite sets the modes of new files regardless of
 * the umask of the process, and those of some PostgreSQL files let everybody read.
 */
export class OwnedFiles extends NodeFS {
  override init(...[database, options]: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const restrict = ({ NODEFS: { node_ops, stream_ops } }: FilesModule) => {
      const { mknod } = node_ops;
      node_ops.mknod = (parent, name, mode, device) => mknod(parent, name, forOwner(mode), device);
      node_ops.setattr = settingForOwner(node_ops.setattr);
      stream_ops.setattr = settingForOwner(stream_ops.setattr);
    };
    return super.init(database, { ...options, preRun: [...(options.preRun ?? []), restrict] });
  }
}
