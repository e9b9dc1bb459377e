package constituency

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"net/netip"
	"path/filepath"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// The snapshot file is a matcher's columns, little endian, so that a start does
// not read a million rows from the state store:
//
//	magic, register id, version, since and boundary (ms),
//	organisations: count, then id and name of each (uint32 length + bytes),
//	slots: count, owners (uint32 each), rules (a byte each), value ends (uint32 each), ids, values,
//	prefixes: count, then 17 bytes each (IPv6 form of the address, length within its family),
//	16 bytes XXH3-128 of all before.
//
// It holds nothing that the store does not: losing or ignoring it is harmless.
const snapshotMagic = "firehall constituency snapshot 2\n"

// maxSnapshot bounds what is read into memory: ten million networks fit.
const maxSnapshot = 2 << 30

// writeSnapshot puts the snapshot in place whole or not at all.
func writeSnapshot(files disk.FS, path string, m *Matcher) error {
	temp := path + ".new"
	if err := files.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := files.Create(temp)
	if err != nil {
		return err
	}
	if err := errors.Join(writeSynced(f, m), f.Close()); err != nil {
		return err
	}
	if err := files.Rename(temp, path); err != nil {
		return err
	}
	return files.SyncDir(filepath.Dir(path))
}

func writeSynced(f disk.File, m *Matcher) error {
	sum := xxh3.New()
	w := bufio.NewWriterSize(io.MultiWriter(f, sum), 1<<20)
	e := encoder{w: w}
	e.matcher(m)
	if err := w.Flush(); err != nil {
		return err
	}
	check := sum.Sum128().Bytes()
	if _, err := f.Write(check[:]); err != nil {
		return err
	}
	return f.Sync()
}

// encoder writes the parts; errors stay in the bufio.Writer until Flush.
type encoder struct{ w *bufio.Writer }

func (e encoder) num32(n uint32) {
	e.w.Write(binary.LittleEndian.AppendUint32(e.w.AvailableBuffer(), n))
}

func (e encoder) num64(n int64) {
	e.w.Write(binary.LittleEndian.AppendUint64(e.w.AvailableBuffer(), uint64(n)))
}

func (e encoder) text(s string) {
	e.num32(uint32(len(s)))
	e.w.WriteString(s)
}

func (e encoder) nums(list []uint32) {
	for _, n := range list {
		e.num32(n)
	}
}

func (e encoder) matcher(m *Matcher) {
	e.w.WriteString(snapshotMagic)
	e.text(m.state.register)
	e.num64(m.state.version)
	e.num64(sqldb.Millis(m.state.since))
	e.num64(sqldb.Millis(m.state.boundary))
	e.num32(uint32(len(m.orgs)))
	for _, o := range m.orgs {
		e.text(o.id)
		e.text(o.name)
	}
	e.num32(uint32(len(m.owner)))
	e.nums(m.owner)
	e.w.Write(m.rules)
	e.nums(m.valueEnds)
	e.text(m.ids)
	e.text(m.values)
	e.prefixes(m)
}

func (e encoder) prefixes(m *Matcher) {
	count := bytes.Count(m.rules, []byte{0})
	e.num32(uint32(count))
	for i := range count {
		p := netip.MustParsePrefix(m.value(i))
		a := p.Addr().As16()
		e.w.Write(a[:])
		e.w.WriteByte(byte(p.Bits()))
	}
}

// readSnapshot reads and verifies a snapshot file; any doubt is an error.
func readSnapshot(files disk.FS, path string) (*Matcher, error) {
	info, err := files.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxSnapshot || info.Size() < int64(len(snapshotMagic)+16) {
		return nil, problem.New(problem.Invalid, "snapshot %s has an impossible size of %d bytes", path, info.Size())
	}
	f, err := files.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data := make([]byte, info.Size())
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, err
	}
	return decodeSnapshot(data)
}

func decodeSnapshot(data []byte) (*Matcher, error) {
	end := len(data) - 16
	if end < 0 {
		return nil, errSnapshot
	}
	if sum := xxh3.Hash128(data[:end]).Bytes(); !bytes.Equal(sum[:], data[end:]) {
		return nil, problem.New(problem.Invalid, "the snapshot's checksum is wrong")
	}
	d := decoder{rest: data[:end]}
	m, prefixes := d.matcher()
	if d.failed || len(d.rest) != 0 || !m.consistent() || len(prefixes) > m.Len() {
		return nil, errSnapshot
	}
	m.index(prefixes)
	return m, nil
}

var errSnapshot = problem.New(problem.Invalid, "the snapshot is not one of this version")

// decoder takes parts off rest; past the end it fails once and yields zeros.
type decoder struct {
	rest   []byte
	failed bool
}

func (d *decoder) take(n int) []byte {
	if d.failed || n < 0 || n > len(d.rest) {
		d.failed = true
		return nil
	}
	part := d.rest[:n]
	d.rest = d.rest[n:]
	return part
}

func (d *decoder) num32() uint32 {
	if b := d.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (d *decoder) num64() int64 {
	if b := d.take(8); b != nil {
		return int64(binary.LittleEndian.Uint64(b))
	}
	return 0
}

func (d *decoder) text() string { return string(d.take(int(d.num32()))) }

func (d *decoder) nums(n int) []uint32 {
	b := d.take(4 * n)
	list := make([]uint32, len(b)/4)
	for i := range list {
		list[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return list
}

func (d *decoder) matcher() (*Matcher, []netip.Prefix) {
	m := &Matcher{}
	if string(d.take(len(snapshotMagic))) != snapshotMagic {
		d.failed = true
		return m, nil
	}
	m.state.register = d.text()
	m.state.version = d.num64()
	m.state.since = d.time()
	m.state.boundary = d.time()
	for range d.num32() {
		if m.orgs = append(m.orgs, matchedOrg{id: d.text(), name: d.text()}); d.failed {
			return m, nil
		}
	}
	n := int(d.num32())
	m.owner = d.nums(n)
	m.rules = append([]byte(nil), d.take(n)...)
	m.valueEnds = d.nums(n)
	m.ids, m.values = d.text(), d.text()
	return m, d.prefixes()
}

func (d *decoder) time() time.Time { return sqldb.Time(d.num64()) }

func (d *decoder) prefixes() []netip.Prefix {
	b := d.take(17 * int(d.num32()))
	list := make([]netip.Prefix, len(b)/17)
	for i := range list {
		row := b[17*i : 17*i+17]
		a := netip.AddrFrom16([16]byte(row[:16])).Unmap()
		if list[i] = netip.PrefixFrom(a, int(row[16])); !list[i].IsValid() {
			d.failed = true
		}
	}
	return list
}

// consistent checks what the look-ups rely on, so that no file can make them panic.
func (m *Matcher) consistent() bool {
	n := len(m.owner)
	if len(m.rules) != n || len(m.valueEnds) != n || len(m.ids) != n*idWidth {
		return false
	}
	last := uint32(0)
	for i := range n {
		if int(m.owner[i]) >= len(m.orgs) || int(m.rules[i]) >= len(ruleOrder) || m.valueEnds[i] < last {
			return false
		}
		last = m.valueEnds[i]
	}
	return int(last) <= len(m.values)
}
