package warninglist

import (
	"cmp"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/firehall/firehall/internal/core/problem"
)

// Folder is the lists of a folder: each file NAME.json, and each NAME/list.json as in MISP's repository. It is safe for concurrent use.
type Folder struct {
	dir    string
	search []string // lists that speak against looking for a value
	log    *slog.Logger

	mu      sync.RWMutex
	version string
	lists   []*List
}

// MaxLists is how many lists are read.
const MaxLists = 1000

// Open gives the lists of a folder; "" has none. search names those that speak against looking for a value too; * stands for anything. Nothing is read
// before Reload.
func Open(dir string, search []string, log *slog.Logger) *Folder {
	return &Folder{dir: dir, search: search, log: cmp.Or(log, slog.Default())}
}

// Reload reads the lists if files came, went or changed. What cannot be read stays out, and is logged. Errors: Unavailable, if the folder cannot be read:
// then the lists that were read before stand.
func (f *Folder) Reload() error {
	if f.dir == "" {
		return nil
	}
	files, version, err := f.files()
	if err != nil || version == f.Version() {
		return err
	}
	var lists []*List
	for _, one := range files {
		l, err := f.read(one)
		if err != nil {
			f.log.Warn("a warning list is left out", "file", one.path, "error", err)
			continue
		}
		if len(l.Faults) > 0 {
			f.log.Warn("entries of a warning list are left out", "list", l.Name, "entries", l.Faults)
		}
		lists = append(lists, l)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lists, f.version = lists, version
	return nil
}

// file is one that may hold a list.
type file struct{ name, path string }

// files lists what may hold a list, and what tells that it changed.
func (f *Folder) files() (list []file, version string, err error) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil, "", problem.Wrap(problem.Unavailable, err, "read the folder of warning lists")
	}
	var said strings.Builder
	said.WriteString(strings.Join(f.search, " "))
	for _, e := range entries {
		one := file{strings.TrimSuffix(e.Name(), ".json"), filepath.Join(f.dir, e.Name())}
		if e.IsDir() {
			one = file{e.Name(), filepath.Join(one.path, "list.json")}
		} else if !strings.HasSuffix(e.Name(), ".json") {
			continue
		}
		info, err := os.Stat(one.path)
		if err != nil || !info.Mode().IsRegular() || len(list) >= MaxLists {
			continue
		}
		list = append(list, one)
		fmt.Fprintf(&said, "\n%s %d %d", one.name, info.Size(), info.ModTime().UnixNano())
	}
	return list, said.String(), nil
}

func (f *Folder) read(one file) (*List, error) {
	in, err := os.Open(one.path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.Close() }() // it was only read
	raw, err := io.ReadAll(io.LimitReader(in, MaxFile+1))
	if err != nil {
		return nil, err
	}
	return Read(one.name, raw)
}

// Version is another one when the lists are others.
func (f *Folder) Version() string {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.version
}

// Lists gives the lists that were read.
func (f *Folder) Lists() []*List {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return slices.Clone(f.lists)
}

// On gives the names of the lists that speak against blocking a value, and of those that speak against looking for it.
func (f *Folder) On(kind, value string) (block, search []string) {
	for _, l := range f.Lists() {
		if !l.Has(kind, value) {
			continue
		}
		block = append(block, l.Name)
		if speaks(l.Name, f.search) {
			search = append(search, l.Name)
		}
	}
	return block, search
}
