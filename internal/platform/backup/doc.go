// Package backup writes and reads the archive that a whole installation goes into.
//
// An archive is a tar file, so that a person can look into it with common tools in twenty years. Its members are, in this order:
//
//	firehall-backup.json   what this is: format, id, time, program, schema
//	folds/... aside/...    files of facts and of rows set aside
//	state/TABLE/000001     the rows of a table, in pieces: see rows.go
//	events/... blobs/...   segments and raw inputs, as they are
//	evidence/...           the vault's files, encrypted as they are
//	manifest.json          every member with size and SHA-256; figures to compare with
//	seal                   the SHA-256 of every byte before it
//
// Guarantees: an archive has its name only when it is whole and on the disk. Every byte counts: one that is changed, missing or added anywhere
// is found, and the member that it belongs to is named. Reading trusts nothing in the file: names stay below the folder, sizes are bounded, and
// nothing that was read counts before the seal was seen. Keys are never in it: they have a file of their own, under a passphrase.
package backup

import (
	"path"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
)

// Format is the version of the archive's form. Older ones stay readable.
const Format = 1

// The members that every archive has.
const (
	headName     = "firehall-backup.json"
	manifestName = "manifest.json"
	sealName     = "seal"
)

// The folders of members. All but State are those of the data folder.
const (
	State  = "state"
	Events = "events"
	Folds  = "folds"
	Aside  = "aside"
	Blobs  = "blobs"

	Evidence = "evidence"
)

var folders = []string{State, Folds, Aside, Events, Blobs, Evidence}

// Limits of what is read into memory.
const (
	maxHead     = 64 << 10
	maxManifest = 256 << 20
	maxName     = 300
)

// Head says what an archive is.
type Head struct {
	Format  int       `json:"format"`
	ID      string    `json:"id"`
	Made    time.Time `json:"made"`
	Program string    `json:"program"` // version of the program that made it
	Engine  string    `json:"engine"`  // of the database that it was made from; any can take it
	Schema  int64     `json:"schema"`  // version of the tables
}

// Member is a file in an archive.
type Member struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"` // bytes
	SHA256 string `json:"sha256"`
}

// Fault is something wrong, and with what.
type Fault struct {
	Name string `json:"name"` // a member or file; empty: the whole
	What string `json:"what"`
}

// String puts a fault in one line.
func (f Fault) String() string {
	if f.Name == "" {
		return f.What
	}
	return f.Name + ": " + f.What
}

// Manifest says what an archive holds.
type Manifest struct {
	Head
	Members []Member         `json:"members"`
	Figures map[string]int64 `json:"figures"` // counts to compare with: events, findings, ...
	// Faults are what was wrong with the installation already when the archive was made.
	Faults []Fault `json:"faults"`
}

// Bytes is the size of all members together.
func (m Manifest) Bytes() (n int64) {
	for _, x := range m.Members {
		n += x.Size
	}
	return n
}

// checkName refuses names that an archive of ours does not have: none leads out of its folder, whatever system reads it.
func checkName(name string) error {
	folder, rest, _ := strings.Cut(name, "/")
	ok := len(name) <= maxName && path.Clean(name) == name && rest != ""
	if name == headName || name == manifestName {
		return nil
	}
	found := false
	for _, f := range folders {
		found = found || f == folder
	}
	for _, part := range strings.Split(rest, "/") {
		ok = ok && part != "" && part[0] != '.' && strings.Trim(part, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == ""
	}
	if !ok || !found {
		return problem.New(problem.Invalid, "%.80q is no name of a member of a backup", name)
	}
	return nil
}
