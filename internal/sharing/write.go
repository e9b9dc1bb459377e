package sharing

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/sharing/stix"
	"github.com/firehall/firehall/internal/sharing/values"
)

// batch is one transaction of an intake. It may run several times, so it counts for itself until it is committed.
type batch struct {
	*intake
	tx      *sqldb.Tx
	next    tail
	kept    map[string][]kept  // versions that are stored, by id
	here    map[string][]int64 // versions that stand in the collection, by id
	objects [][]any
	members [][]any
	values  []values.Entry
	met     map[string]bool // see intake
	again   map[string]bool // ids whose first and latest version have to be found anew
	anew    []int64         // numbers of versions that were given once more
	done    []done
}

// kept is a version that is stored.
type kept struct {
	num, version int64
	digest       []byte
	source       string
	label        tlp.Label
}

// done is what became of an entry.
type done struct {
	e            *entry
	version      int64
	code, detail string
	fresh        bool
}

// write puts a part of the entries into the collection.
func (t *intake) write(ctx context.Context, part []entry) error {
	var b *batch
	err := t.s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		b = &batch{intake: t, tx: tx, again: map[string]bool{}, met: map[string]bool{}}
		return b.run(part)
	})
	if err != nil {
		return err
	}
	if t.met == nil {
		t.met = b.met
	} else {
		maps.Copy(t.met, b.met)
	}
	for _, d := range b.done {
		if d.code != "" {
			t.refuse(&d.e.Object, d.code, d.detail)
			continue
		}
		d.e.stands = true
		if d.fresh {
			t.st.New++
		}
		t.st.succeed(Outcome{ID: d.e.ID, Version: VersionStamp(Moment(d.version))})
	}
	t.places += len(b.members)
	return nil
}

func (b *batch) run(part []entry) (err error) {
	if b.next, err = take(b.tx, len(part), Micros(b.now)); err != nil {
		return err
	}
	if err := b.load(part); err != nil {
		return err
	}
	for i := range part {
		b.entry(&part[i])
	}
	for _, into := range []struct {
		spec sqldb.Upsert
		rows [][]any
	}{{objectInto, b.objects}, {memberInto, b.members}} {
		if len(into.rows) == 0 {
			continue
		}
		if err := b.tx.BulkUpsert(into.spec, rowsOf(into.rows)); err != nil {
			return err
		}
	}
	if err := values.Add(b.tx, b.values); err != nil {
		return err
	}
	if err := b.given(); err != nil {
		return err
	}
	if err := b.flags(); err != nil || len(b.members) == 0 {
		return err
	}
	return b.actor.Audit(b.tx, b.now, b.op, b.c.ID, nil, map[string]any{"status": b.st.ID, "objects": len(b.objects), "places": len(b.members), "source": b.in.Source})
}

func rowsOf(rows [][]any) iter.Seq[[]any] { return slices.Values(rows) }

// load reads what is known of the ids of a part.
func (b *batch) load(part []entry) error {
	ids := make([]string, len(part))
	for i := range part {
		ids[i] = part[i].ID
	}
	b.kept, b.here = map[string][]kept{}, map[string][]int64{}
	err := eachIn(b.tx, `SELECT object_id, num, version, digest, source, label FROM sharing_object WHERE object_id IN`, ids, func(scan func(...any) error) error {
		var name, label string
		var k kept
		err := scan(&name, &k.num, &k.version, &k.digest, &k.source, &label)
		k.label, _ = tlp.Parse(label) // one that nobody knows is the strictest
		b.kept[name] = append(b.kept[name], k)
		return err
	})
	if err != nil {
		return err
	}
	return eachIn(b.tx, `SELECT object_id, version FROM sharing_member WHERE collection = $1 AND object_id IN`, ids, func(scan func(...any) error) error {
		var name string
		var version int64
		err := scan(&name, &version)
		b.here[name], b.met[name] = append(b.here[name], version), true
		return err
	}, b.c.ID)
}

// entry finds a place for one entry.
func (b *batch) entry(e *entry) {
	d := done{e: e, version: e.version()}
	defer func() { b.done = append(b.done, d) }()
	k, ok := b.same(e)
	if there, enough := b.told(e); enough && !(ok && slices.Contains(b.here[e.ID], k.version)) {
		d.version = there.version
		return
	}
	if ok {
		d.version = k.version
		b.anew = append(b.anew, k.num)
	} else {
		if d.code, d.detail = b.clash(e); d.code == CodeForeign && derived(e) {
			d.code, d.detail = "", ""
		}
		if d.code != "" {
			return
		}
		if d.version == 0 {
			d.version = b.next.added
		}
		k = kept{b.next.num, d.version, e.digest, b.in.Source, e.label}
		d.fresh = true
		b.store(e, k)
	}
	if !slices.Contains(b.here[e.ID], k.version) {
		b.place(e, k)
	}
}

// same finds the version that is stored already: of an object without versions, the one of the same content.
func (b *batch) same(e *entry) (kept, bool) {
	for _, k := range b.kept[e.ID] {
		if (e.version() == 0 || k.version == e.version()) && bytes.Equal(k.digest, e.digest) {
			return k, true
		}
	}
	return kept{}, false
}

// clash tells why an entry cannot be a new version.
func (b *batch) clash(e *entry) (code, detail string) {
	for _, k := range b.kept[e.ID] {
		switch {
		case k.version == e.version():
			return CodeCollision, "another object has this id and this time, and is stored already"
		case b.in.Source != "" && k.source != b.in.Source:
			return CodeForeign, "somebody else gave the object of this id, who alone gives new versions of it"
		}
	}
	return "", ""
}

// derived tells whether an entry is an observable whose id is made of its content: nobody owns it, since whoever gives it says the same.
func derived(e *entry) bool {
	o := stix.Object{Type: e.Type, ID: e.ID, Raw: e.Raw}
	return o.Derived()
}

// told finds a version of an observable that others gave, that stands in the collection, and that at least as many may read: then there is nothing to
// add, and a stricter one does not hide it.
func (b *batch) told(e *entry) (kept, bool) {
	if b.in.Source == "" || e.version() != 0 {
		return kept{}, false
	}
	for _, k := range b.kept[e.ID] {
		if k.source != b.in.Source && k.label <= e.label && slices.Contains(b.here[e.ID], k.version) && derived(e) {
			return k, true
		}
	}
	return kept{}, false
}

func (b *batch) store(e *entry, k kept) {
	b.kept[e.ID] = append(b.kept[e.ID], k)
	revoked := int64(0)
	if e.taken {
		revoked = 1
	}
	b.objects = append(b.objects, []any{
		k.num, e.ID, k.version, e.Type, e.SpecVersion, b.in.Source, e.label.String(), e.digest, sqldb.Millis(b.now), e.Raw, int64(e.pap), e.iep.String(),
		sqldb.Millis(b.now), revoked, b.proof(),
	})
	for _, m := range e.marks {
		b.values = append(b.values, values.Entry{Mark: m, Object: k.num})
	}
	b.next.num++
}

// givenPause is how exactly it is known when something was given last.
const givenPause = 24 * time.Hour

// given notes that versions were given once more: their time begins anew.
func (b *batch) given() error {
	for part := range slices.Chunk(b.anew, chunk) {
		args, marks := []any{b.now, b.now.Add(-givenPause)}, make([]string, len(part))
		for i, num := range part {
			args, marks[i] = append(args, num), "$"+strconv.Itoa(i+3)
		}
		if _, err := b.tx.Exec(`UPDATE sharing_object SET given = $1 WHERE given < $2 AND num IN (`+strings.Join(marks, ", ")+`)`, args...); err != nil {
			return err
		}
	}
	return nil
}

// place puts a version into the collection, after all that is there.
func (b *batch) place(e *entry, k kept) {
	alone := int64(0)
	if len(b.here[e.ID]) == 0 {
		alone = 1
	} else {
		b.again[e.ID], b.met[e.ID] = true, true
	}
	b.here[e.ID] = append(b.here[e.ID], k.version)
	b.members = append(b.members, []any{
		b.c.ID, b.next.added, b.next.added, k.num, e.ID, k.version, e.Type, e.SpecVersion, alone, alone, e.decision,
	})
	b.next.added++
}

// flags finds anew which versions are the first and the latest, where there are several.
func (b *batch) flags() error { return refresh(b.tx, b.c.ID, slices.Sorted(keysOf(b.again))) }

func keysOf(m map[string]bool) iter.Seq[string] {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// refresh says of each place of some objects whether it is that of the first or of the latest version.
func refresh(tx *sqldb.Tx, collection string, ids []string) error {
	for _, name := range ids {
		_, err := tx.Exec(`UPDATE sharing_member SET
				first = CASE WHEN version = (SELECT min(v.version) FROM sharing_member v WHERE v.collection = $1 AND v.object_id = $2) THEN 1 ELSE 0 END,
				latest = CASE WHEN version = (SELECT max(v.version) FROM sharing_member v WHERE v.collection = $1 AND v.object_id = $2) THEN 1 ELSE 0 END
			WHERE collection = $1 AND object_id = $2`, collection, name)
		if err != nil {
			return err
		}
	}
	return nil
}

// mostAside is how much is kept of what one source gave and was not taken in; beyond it is counted only.
const mostAside = 10_000

// settle writes the status, and what was set aside.
func (t *intake) settle(tx *sqldb.Tx) error {
	if err := t.settleOwn(tx); err != nil {
		return err
	}
	var n int
	err := tx.QueryRow(`SELECT count(*) FROM sharing_aside WHERE source = $1 AND origin = $2`, t.in.Source, t.in.Origin).Scan(&n)
	if err != nil {
		return err
	}
	rows := make([][]any, 0, len(t.aside))
	for _, a := range t.aside[:min(len(t.aside), max(mostAside-n, 0))] {
		rows = append(rows, []any{
			id.NewAt(t.now), a.once, t.in.Source, t.in.Origin, t.c.ID, a.ID, a.Code, a.Detail, sqldb.Millis(t.now), orEmpty(a.Raw),
		})
	}
	t.st.Aside = len(rows)
	if len(rows) > 0 {
		if err := tx.BulkUpsert(asideInto, rowsOf(rows)); err != nil {
			return err
		}
	}
	if err := t.st.put(tx, owner(t.actor), sqldb.Millis(t.now)); err != nil {
		return err
	}
	return t.actor.Audit(tx, t.now, t.op, t.c.ID, nil, map[string]any{
		"status": t.st.ID, "given": t.st.Total, "taken": t.st.Success, "new": t.st.New, "refused": t.st.Failure, "source": t.in.Source, "origin": t.in.Origin,
	})
}

func orEmpty(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// digestOf stands for a list of texts.
func digestOf(list ...string) []byte {
	h := sha256.New()
	var n [8]byte
	for _, s := range list {
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		_, _ = h.Write(n[:])
		_, _ = h.Write([]byte(s)) // a hash takes everything
	}
	return h.Sum(nil)
}
