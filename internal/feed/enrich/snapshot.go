package enrich

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"github.com/zeebo/xxh3"

	"github.com/firehall/firehall/internal/platform/disk"
)

// A snapshot is: magic, length of the header, the header as JSON, the IPv4 steps, the IPv6 steps, the records, and an XXH3 of all
// that. Numbers are little-endian.
const magic = "FHENR02\n"

var (
	errStale   = errors.New("the snapshot is of other files")
	errDamaged = errors.New("the snapshot is damaged")
)

type snapshotHeader struct {
	Key     []byte // of the files' names, sizes and times
	Files   []File
	Four    int // steps
	Six     int
	Records int
}

// key tells whether files have changed, without reading them.
func key(files []File) []byte {
	h := sha256.New()
	for _, f := range files {
		fmt.Fprintf(h, "%q %d %d\n", f.Path, f.Size, f.Modified.UnixNano())
	}
	return h.Sum(nil)
}

// writeSnapshot puts the snapshot in place so that a crash leaves the old one or the new one.
func writeSnapshot(fsys disk.FS, path string, t *Table) error {
	temp := path + ".new"
	if err := fsys.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the old %s: %w", temp, err)
	}
	f, err := fsys.Create(temp)
	if err != nil {
		return fmt.Errorf("create %s: %w", temp, err)
	}
	data, err := encode(t)
	if err == nil {
		_, err = f.Write(data)
	}
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = fsys.Rename(temp, path)
	}
	if err == nil {
		err = fsys.SyncDir(filepath.Dir(path))
	}
	if err != nil {
		return fmt.Errorf("write the snapshot %s: %w", path, err)
	}
	return nil
}

func encode(t *Table) ([]byte, error) {
	header, err := json.Marshal(snapshotHeader{key(t.files), t.files, len(t.four.from), len(t.six.from), len(t.records)})
	if err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	b := make([]byte, 0, len(header)+8*len(t.four.from)+20*len(t.six.from)+64*len(t.records)+64)
	b = append(b, magic...)
	b = le.AppendUint64(b, uint64(len(header)))
	b = append(b, header...)
	for i, from := range t.four.from {
		b = le.AppendUint32(le.AppendUint32(b, from), t.four.record[i])
	}
	for i, from := range t.six.from {
		b = le.AppendUint64(le.AppendUint64(b, from.hi), from.lo)
		b = le.AppendUint32(b, t.six.record[i])
	}
	for _, r := range t.records {
		b = le.AppendUint32(b, r.asn)
		b = append(b, r.bits)
		b = appendText(appendText(b, r.name), r.country)
	}
	return le.AppendUint64(b, xxh3.Hash(b)), nil
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// readSnapshot reads a whole snapshot of just these files, or says why not: fs.ErrNotExist, errStale, errDamaged.
func readSnapshot(fsys disk.FS, path string, want []byte) (*Table, error) {
	data, err := readWhole(fsys, path)
	if err != nil {
		return nil, err
	}
	if len(data) < len(magic)+16 || string(data[:len(magic)]) != magic {
		return nil, errDamaged
	}
	body := data[:len(data)-8]
	if xxh3.Hash(body) != binary.LittleEndian.Uint64(data[len(body):]) {
		return nil, errDamaged
	}
	c := cursor{b: body[len(magic):]}
	var h snapshotHeader
	if json.Unmarshal(c.take(int(c.u64())), &h) != nil {
		return nil, errDamaged
	}
	if !bytes.Equal(h.Key, want) {
		return nil, errStale
	}
	return decode(&c, h)
}

// readWhole reads a file into a buffer of its size: growing one costs as much as the reading.
func readWhole(fsys disk.FS, path string) ([]byte, error) {
	info, err := fsys.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, errDamaged
	}
	in, err := fsys.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	data := make([]byte, info.Size())
	if _, err := io.ReadFull(in, data); err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	return data, nil
}

func decode(c *cursor, h snapshotHeader) (*Table, error) {
	if h.Four < 1 || h.Six < 1 || h.Records < 1 || h.Four > len(c.b)/8 || h.Six > len(c.b)/20 || h.Records > len(c.b)/7 {
		return nil, errDamaged
	}
	t := &Table{files: h.Files, six: flat6{make([]wide, h.Six), make([]uint32, h.Six)}, records: make([]record, h.Records)}
	from, rec := make([]uint32, h.Four), make([]uint32, h.Four)
	for i := range from {
		from[i], rec[i] = c.u32(), c.u32()
	}
	t.four = newFlat4(from, rec)
	for i := range t.six.from {
		t.six.from[i], t.six.record[i] = wide{c.u64(), c.u64()}, c.u32()
	}
	for i := range t.records {
		t.records[i] = record{asn: c.u32(), bits: c.u8(), name: c.text(), country: c.text()}
	}
	if c.short || len(c.b) > 0 || !t.sound() {
		return nil, errDamaged
	}
	return t, nil
}

// sound is true when no look-up can leave the arrays: the checksum says that the file is what was written, this that it may be used.
func (t *Table) sound() bool {
	n := uint32(len(t.records))
	for _, r := range t.four.record {
		if r >= n {
			return false
		}
	}
	for _, r := range t.six.record {
		if r >= n {
			return false
		}
	}
	return t.four.from[0] == 0 && t.six.from[0] == wide{}
}

// cursor reads numbers off a slice; past its end it gives zeroes and sets short.
type cursor struct {
	b     []byte
	short bool
}

var zeroes [8]byte

func (c *cursor) take(n int) []byte {
	if n < 0 || n > len(c.b) {
		c.short, c.b = true, nil
		return zeroes[:min(max(n, 0), len(zeroes))]
	}
	out := c.b[:n]
	c.b = c.b[n:]
	return out
}

func (c *cursor) u8() uint8   { return c.take(1)[0] }
func (c *cursor) u32() uint32 { return binary.LittleEndian.Uint32(c.take(4)) }
func (c *cursor) u64() uint64 { return binary.LittleEndian.Uint64(c.take(8)) }

func (c *cursor) text() string {
	n, size := binary.Uvarint(c.b)
	if size <= 0 {
		c.short = true
		return ""
	}
	c.b = c.b[size:]
	return string(c.take(int(min(n, 1<<20))))
}
