package keep

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// blobs removes raw inputs without an intake, in two steps: see dispose.
func (w *sweep) blobs(ctx context.Context) error {
	if err := w.emptyBin(ctx); err != nil {
		return err
	}
	found, err := w.list(dirBlobs, "", orphanTime)
	if err != nil || len(found) == 0 {
		return err
	}
	var known map[string]bool
	err = w.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		known, err = references(tx, "blob")
		return err
	})
	if err != nil {
		return err
	}
	for _, f := range found {
		if known[f.name] || strings.HasPrefix(f.name, bin+"/") {
			continue
		}
		if !w.dry {
			if err := w.dispose(ctx, f.name); err != nil {
				return err
			}
		}
		w.sum.Blobs++
		w.sum.Bytes += f.size
	}
	return nil
}

// bin is the folder below blobs for raw inputs that are to go.
const bin = "gone"

// dispose removes a raw input to which no intake refers. An intake of the same content may be placing it this very moment: then the file
// is ours for a while in the bin, from which the next sweep brings it back if an intake turns out to need it.
func (k *Keeper) dispose(ctx context.Context, blob string) error {
	if k.Alone {
		return k.remove(dirBlobs, blob)
	}
	to := bin + "/" + strconv.FormatInt(k.Clock.Now().UnixMilli(), 10) + "-" + filepath.Base(blob)
	if err := k.FS.MkdirAll(k.path(dirBlobs, bin)); err != nil {
		return err
	}
	if err := k.FS.Rename(k.path(dirBlobs, blob), k.path(dirBlobs, to)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := k.FS.SyncDir(k.path(dirBlobs, bin)); err != nil {
		return err
	}
	return k.restore(ctx, blob, to)
}

// restore brings a raw input back from the bin if an intake refers to it.
func (k *Keeper) restore(ctx context.Context, blob, from string) error {
	var owners []intake
	err := k.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		owners, err = byColumn(tx, "blob", []string{blob})
		return err
	})
	if err != nil || len(owners) == 0 {
		return err
	}
	if err := k.FS.MkdirAll(filepath.Dir(k.path(dirBlobs, blob))); err != nil {
		return err
	}
	if err := k.FS.Rename(k.path(dirBlobs, from), k.path(dirBlobs, blob)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return k.FS.SyncDir(filepath.Dir(k.path(dirBlobs, blob)))
}

// emptyBin brings back what is needed after all, and removes what has lain in the bin for an hour.
func (w *sweep) emptyBin(ctx context.Context) error {
	if w.dry {
		return nil
	}
	found, err := w.list(dirBlobs, bin, 0)
	if err != nil {
		return err
	}
	for _, f := range found {
		ms, base, ok := strings.Cut(strings.TrimPrefix(f.name, bin+"/"), "-")
		since, err := strconv.ParseInt(ms, 10, 64)
		if !ok || err != nil || len(base) < 2 {
			continue
		}
		if err := w.restore(ctx, base[:2]+"/"+base, f.name); err != nil {
			return err
		}
		if w.Alone || w.Clock.Now().Sub(time.UnixMilli(since)) >= youngest {
			if err := w.remove(dirBlobs, f.name); err != nil {
				return err
			}
		}
	}
	return nil
}
