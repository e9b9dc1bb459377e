package segment

import (
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"

	"github.com/firehall/firehall/internal/event"
)

// Keys reads the dedupe keys of a segment of size bytes, in the order of its rows.
func Keys(r io.Reader, size int64, each func(event.DedupeKey)) error {
	at, ok := r.(io.ReaderAt)
	if !ok {
		return fmt.Errorf("segment: keys need random access")
	}
	f, err := parquet.OpenFile(at, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return fmt.Errorf("segment: %w", err)
	}
	leaf, ok := f.Schema().Lookup(event.FieldKey)
	if !ok {
		return nil
	}
	for _, g := range f.RowGroups() {
		if err := keysOf(g.ColumnChunks()[leaf.ColumnIndex], each); err != nil {
			return err
		}
	}
	return nil
}

func keysOf(c parquet.ColumnChunk, each func(event.DedupeKey)) error {
	pages := c.Pages()
	defer func() { _ = pages.Close() }()
	values := make([]parquet.Value, 1024)
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("segment keys: %w", err)
		}
		for read := page.Values(); ; {
			n, err := read.ReadValues(values)
			for _, v := range values[:n] {
				if b := v.ByteArray(); len(b) == event.KeySize {
					each(event.DedupeKey(b))
				}
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return fmt.Errorf("segment keys: %w", err)
			}
		}
		parquet.Release(page)
	}
}
