package finding

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/fold"
	"github.com/firehall/firehall/internal/event/segment"
	"github.com/firehall/firehall/internal/platform/disk"
)

// dirFolds is the folder of the files of facts, below the data folder.
const dirFolds = "folds"

// textColumns are the columns of a file of facts that become traits, in the order of traitColumns.
var textColumns = []string{
	event.FieldFeed, event.FieldReport, event.FieldOrganisation, event.FieldNetwork, event.FieldRule, event.FieldSeverity, event.FieldRole,
	event.FieldStanding, event.FieldTransport, event.FieldMalware, event.FieldTaxonomy, event.FieldType, event.FieldIdentifier,
}

// loader reads files of facts. It shares equal traits between the facts of all the files that it reads.
type loader struct {
	fs    disk.FS
	dir   string
	batch *event.Batch
	known map[traits]*traits
}

func newLoader(s *Store) *loader {
	return &loader{fs: s.FS, dir: s.Dir, batch: event.NewBatch([32]byte{}), known: map[traits]*traits{}}
}

func (l *loader) path(name string) string {
	return filepath.Join(l.dir, dirFolds, filepath.FromSlash(name))
}

// groups calls do with each whole row group from row from on, until it says that it has enough. Rows end where groups end.
func (l *loader) groups(name string, from int64, do func(b *event.Batch) (more bool, err error)) (err error) {
	f, err := l.fs.Open(l.path(name))
	if err != nil {
		return unreadable(name, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := l.fs.Stat(l.path(name))
	if err != nil {
		return unreadable(name, err)
	}
	r, err := segment.NewReader(f, info.Size())
	if err != nil {
		return unreadable(name, err)
	}
	at := int64(0)
	for g := range r.Groups() {
		rows := int64(r.Rows(g))
		at += rows
		if at <= from {
			continue
		}
		if at-rows < from {
			return unreadable(name, fmt.Errorf("row %d lies within a row group", from))
		}
		l.batch.Reset()
		if err := r.Append(g, l.batch, nil); err != nil {
			return unreadable(name, err)
		}
		if more, err := do(l.batch); err != nil || !more {
			return err
		}
	}
	return nil
}

func unreadable(name string, err error) error {
	return problem.Wrap(problem.Unavailable, err, "read the facts in folds/%s: restore the file from the backup, then apply again", name)
}

// sight is a fact with what its intake has to add.
type sight struct {
	*fact
	own Own
}

// facts makes facts of a row group. Sights later than arrival count as on arrival: a source's wrong clock must not keep a finding fresh.
func (l *loader) facts(b *event.Batch, arrived int64) []sight {
	v := viewOf(l, b)
	out := make([]sight, b.Rows())
	slab := make([]fact, b.Rows())
	for r := range out {
		f := &slab[r]
		v.fill(f, r)
		f.first, f.last, f.count = orElse(v.first, r, arrived), orElse(v.last, r, arrived), orElse(v.count, r, 1)
		f.last = min(f.last, arrived)
		f.first = min(f.first, f.last)
		out[r] = sight{f, v.own(r)}
	}
	return out
}

func orElse(c *event.Column, r int, otherwise int64) int64 {
	if c == nil || c.Int64(r) == event.Null {
		return otherwise
	}
	return c.Int64(r)
}

// view is a row group's columns.
type view struct {
	loader                   *loader
	texts                    []*event.Column
	seen                     map[[13]uint32]*traits // by the columns' own numbers
	src, dst                 *event.Column
	sport, dport             *event.Column
	sfqdn, surl, dfqdn, durl *event.Column
	first, last, count       *event.Column
	label, pap, policy       *event.Column
}

func viewOf(l *loader, b *event.Batch) *view {
	v := &view{loader: l, seen: map[[13]uint32]*traits{}}
	for _, name := range textColumns {
		v.texts = append(v.texts, b.Find(name))
	}
	v.src, v.dst = b.Find(event.FieldSourceIP), b.Find(event.FieldDestIP)
	v.sport, v.dport = b.Find(event.FieldSourcePort), b.Find(event.FieldDestPort)
	v.sfqdn, v.surl = b.Find(event.FieldSourceFQDN), b.Find(event.FieldSourceURL)
	v.dfqdn, v.durl = b.Find(event.FieldDestFQDN), b.Find(event.FieldDestURL)
	v.first, v.last = b.Find(fold.First), b.Find(fold.Last)
	v.count, v.label, v.pap, v.policy = b.Find(fold.Count), b.Find(fold.Label), b.Find(fold.PAP), b.Find(fold.IEP)
	return v
}

// own is what the events of a fact say themselves; nothing in a file of before that was kept.
func (v *view) own(r int) Own {
	label, pap := orElse(v.label, r, 0), orElse(v.pap, r, 0)
	return Own{
		Label: tlp.Label(min(max(label, 0), int64(tlp.Red))), PAP: tlp.PAP(min(max(pap, 0), int64(tlp.PAPRed))), //nolint:gosec // labels
		IEP: iep.CodeOf(orElse(v.policy, r, 0)),
	}
}

// fill gives a fact its key and what describes it.
func (v *view) fill(f *fact, r int) {
	f.traits = v.traits(r)
	a := Asset{
		Role: f.role, Type: f.typ, Identifier: f.identifier, Malware: f.malware, Transport: f.transport,
		Port: orElse(v.sport, r, 0), DestPort: orElse(v.dport, r, 0),
	}
	if f.role == destination {
		a.DestFQDN, a.DestURL = text(v.dfqdn, r), text(v.durl, r)
	} else {
		a.FQDN, a.URL = text(v.sfqdn, r), text(v.surl, r)
	}
	if v.src != nil {
		a.Addr = v.src.AddrAt(r)
	}
	if v.dst != nil {
		a.DestAddr = v.dst.AddrAt(r)
	}
	f.key = KeyOf(a)
	addr, port, url, host := a.observed()
	f.url, f.fqdn = url, host
	if f.key.Addr().IsValid() {
		if !fold.IsInfection(f.typ) {
			f.port = port
		}
	} else {
		f.addr = addr
	}
}

func text(c *event.Column, r int) string {
	if c == nil {
		return ""
	}
	return string(c.Bytes(r))
}

// traits gives a row's traits, the same pointer for the same texts.
func (v *view) traits(r int) *traits {
	var number [13]uint32
	for i, c := range v.texts {
		if c == nil {
			continue
		}
		if _, fixed := c.Constant(); !fixed {
			number[i] = c.Indices()[r]
		}
	}
	if t := v.seen[number]; t != nil {
		return t
	}
	var s [13]string
	for i, c := range v.texts {
		s[i] = text(c, r)
	}
	t := v.loader.share(traits{
		feed: s[0], report: s[1], organisation: s[2], network: s[3], rule: s[4], severity: s[5], role: s[6], standing: s[7],
		transport: s[8], malware: s[9], taxonomy: s[10], typ: s[11], identifier: s[12],
	})
	v.seen[number] = t
	return t
}

func (l *loader) share(t traits) *traits {
	if p := l.known[t]; p != nil {
		return p
	}
	l.known[t] = &t
	return &t
}
