package feed

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/platform/disk"
)

// Layout is where an installation keeps its files.
type Layout struct {
	FS  disk.FS
	Dir string // the data folder
}

// The folders below the data folder.
const (
	dirSpool   = "spool"   // inputs being received
	dirUploads = "uploads" // pieces of pushes that are not whole yet
	dirBlobs   = "blobs"   // inputs as they came, by hash
	dirEvents  = "events"  // segments: day/class
	dirFolds   = "folds"   // facts for findings, until applied
	dirAside   = "aside"   // places and reasons of rows set aside
)

// Uploads is the folder of the pieces of pushes that are not whole yet.
func (l Layout) Uploads() string { return filepath.Join(l.Dir, dirUploads) }

// Events is the folder of the segments.
func (l Layout) Events() string { return filepath.Join(l.Dir, dirEvents) }

func (l Layout) path(folder, name string) string {
	return filepath.Join(l.Dir, folder, filepath.FromSlash(name))
}

// create makes a file below a folder, and the folders above it.
func (l Layout) create(folder, name string) (disk.File, error) {
	path := l.path(folder, name)
	if err := l.FS.MkdirAll(filepath.Dir(path)); err != nil {
		return nil, err
	}
	return l.FS.Create(path)
}

// finish makes a file and its name durable.
func (l Layout) finish(f disk.File) error {
	err := errors.Join(f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return l.FS.SyncDir(filepath.Dir(f.Name()))
}

// remove removes a file that may be gone already.
func (l Layout) remove(folder, name string) error {
	err := l.FS.Remove(l.path(folder, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func segmentName(day int64, taxonomy, intake string, attempt int64, number int) string {
	return fmt.Sprintf("%s/%s/%s-%d-%d.parquet", event.DayName(day), taxonomy, intake, attempt, number)
}

func foldName(intake string, attempt int64, number int) string {
	return fmt.Sprintf("%s-%d-%d.parquet", intake, attempt, number)
}

func asideName(intake string, attempt int64) string {
	return fmt.Sprintf("%s-%d.jsonl.zst", intake, attempt)
}

// blobName files a blob under its content's hash, with the packing's ending.
func blobName(hash, ending string) string { return hash[:2] + "/" + hash + ending }
