/** A power cut: what the disk holds at one moment, as a copy of the blocks of a file system that lies in a file. Needs root. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Whether this machine lets a process mount file systems. */
export function canCutPower(folder: string): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    const trial = new Disk(join(folder, 'trial'));
    trial.mount();
    trial.unmount();
    trial.remove();
    return true;
  } catch {
    return false;
  }
}

/** A small ext4 disk, mounted in a folder. */
export class Disk {
  readonly mounted: string;
  private readonly image: string;

  constructor(
    private readonly folder: string,
    copyOf?: Disk,
  ) {
    mkdirSync(folder, { recursive: true });
    this.image = join(folder, 'disk.img');
    this.mounted = join(folder, 'disk');
    mkdirSync(this.mounted);
    if (copyOf) execFileSync('cp', ['--sparse=always', copyOf.image, this.image]);
    else {
      execFileSync('truncate', ['-s', '48M', this.image]);
      execFileSync('mkfs.ext4', ['-q', this.image], { stdio: 'ignore' });
    }
  }

  mount(): void {
    execFileSync('mount', ['-o', 'loop', this.image, this.mounted], { stdio: 'ignore' });
  }

  unmount(): void {
    execFileSync('umount', [this.mounted], { stdio: 'ignore' });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The folder `inner` of a disk as it comes back after its power was cut now. What writes to it must be at rest meanwhile. */
export function afterPowerCut(disk: Disk, inner: string, into: string): void {
  const copy = new Disk(`${into}-cut`, disk);
  copy.mount();
  try {
    cpSync(join(copy.mounted, inner), into, { recursive: true });
  } finally {
    copy.unmount();
    copy.remove();
  }
}
