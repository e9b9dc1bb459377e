package segment

import (
	"encoding/hex"
	"hash/crc32"
	"io"
	"slices"

	"github.com/parquet-go/parquet-go/bloom"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// filterBits is how many bits a filter has for each address: about one group in a hundred is read in vain.
const filterBits = 10

// sumsKey names the checksums of a file's filters in its footer: a flipped bit must not hide an event.
const sumsKey = "firehall.filters"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// filter appends a filter of values to the body, as Parquet has it (BloomFilter.md, split block): who looks for one address need not read
// the pages of groups that do not have it. Values may repeat.
func (e *Encoder) filter(ch *chunk, values []int64) {
	if len(values) == 0 {
		return
	}
	distinct := 1
	for i := range values[1:] {
		if values[i] != values[i+1] {
			distinct++
		}
	}
	n := bloom.NumSplitBlocksOf(int64(distinct), filterBits)
	e.blocks = slices.Grow(e.blocks[:0], n)[:n]
	e.blocks.Reset()
	for i, v := range values {
		if i == 0 || v != values[i-1] {
			e.blocks.Insert(hashOf(uint64(v))) //nolint:gosec // the bits
		}
	}
	bits := e.blocks.Bytes()
	e.header.Reset()
	_ = thrift.NewEncoder(new(thrift.CompactProtocol).NewWriter(&e.header)).Encode(&format.BloomFilterHeader{ // a bytes.Buffer takes all
		NumBytes:    int32(len(bits)), //nolint:gosec // far below 2 GiB
		Algorithm:   format.BloomFilterAlgorithm{Value: &format.SplitBlockAlgorithm{}},
		Hash:        format.BloomFilterHash{Value: &format.XxHash{}},
		Compression: format.BloomFilterCompression{Value: &format.BloomFilterUncompressed{}},
	})
	ch.meta.BloomFilterOffset = int64(len(e.body))
	ch.meta.BloomFilterLength = int32(e.header.Len() + len(bits)) //nolint:gosec // far below 2 GiB
	ch.sum = crc32.Checksum(bits, castagnoli)
	e.body = append(append(e.body, e.header.Bytes()...), bits...)
}

// hashOf is the hash of a value as its eight bytes lie in the file (xxHash, BloomFilter.md).
func hashOf(v uint64) uint64 { return bloom.XXH64{}.Sum64Uint64(v) }

// sums lists the checksums of all filters, group by group in the order of the leaves.
func (w *Writer) sums() string {
	var out []byte
	for _, g := range w.groups {
		of := make([]*chunk, len(w.leaves))
		for i := range g.chunks {
			of[w.known[g.chunks[i].leaf.Name]] = &g.chunks[i]
		}
		for _, ch := range of {
			if ch != nil && ch.meta.BloomFilterLength > 0 {
				out = append(out, byte(ch.sum>>24), byte(ch.sum>>16), byte(ch.sum>>8), byte(ch.sum)) //nolint:gosec // its bytes
			}
		}
	}
	return hex.EncodeToString(out)
}

// bitset is where a filter's bits lie in the file; zero for none.
type bitset struct {
	at     int64
	blocks int32
}

// filterOf finds a filter's bits: its header is shorter than a block.
func filterOf(m *format.ColumnMetaData) bitset {
	n := m.BloomFilterLength / bloom.BlockSize
	if n <= 0 || m.BloomFilterOffset <= 0 {
		return bitset{}
	}
	return bitset{m.BloomFilterOffset + int64(m.BloomFilterLength-n*bloom.BlockSize), n}
}

// check tells whether the filter's bits are those that were written.
func (b bitset) check(r io.ReaderAt, sum uint32, buf []byte) ([]byte, bool) {
	n := int(b.blocks) * bloom.BlockSize
	buf = slices.Grow(buf[:0], n)[:n]
	_, err := r.ReadAt(buf, b.at)
	return buf, err == nil && crc32.Checksum(buf, castagnoli) == sum
}

// mayHold asks the filter for a value; without a filter everything may be.
func (b bitset) mayHold(r io.ReaderAt, v uint64) (bool, error) {
	if b.blocks == 0 {
		return true, nil
	}
	return bloom.CheckSplitBlock(shifted{r, b.at}, int64(b.blocks)*bloom.BlockSize, hashOf(v))
}

// shifted reads what begins at a place of a file.
type shifted struct {
	r  io.ReaderAt
	by int64
}

// ReadAt implements io.ReaderAt.
func (s shifted) ReadAt(p []byte, off int64) (int, error) { return s.r.ReadAt(p, s.by+off) }
