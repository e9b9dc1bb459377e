package segment

import (
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/firehall/firehall/internal/event"
)

// Leaf is one column of a file; an IP field makes two.
type Leaf struct {
	Name string
	Kind event.Kind
}

// Suffixes of the two leaves of an IP field.
const (
	SuffixHi = ".hi"
	SuffixLo = ".lo"
)

func physical(k event.Kind) format.Type {
	switch k {
	case event.Text:
		return format.ByteArray
	case event.Key:
		return format.FixedLenByteArray
	case event.Bool:
		return format.Boolean
	case event.Float:
		return format.Double
	default:
		return format.Int64
	}
}

// element describes the leaf in the file's schema (parquet.thrift, SchemaElement).
func (l Leaf) element() format.SchemaElement {
	e := format.SchemaElement{
		Type:           thrift.New(physical(l.Kind)),
		RepetitionType: thrift.New(format.Optional),
		Name:           l.Name,
	}
	switch l.Kind {
	case event.Text:
		e.ConvertedType = thrift.New(deprecated.UTF8)
		e.LogicalType = format.LogicalType{Value: &format.StringType{}}
	case event.Key:
		e.TypeLength = thrift.New(int32(event.KeySize))
	case event.IP:
		e.ConvertedType = thrift.New(deprecated.Uint64)
		e.LogicalType = format.LogicalType{Value: &format.IntType{BitWidth: 64}}
	case event.Time:
		// Not adjusted to UTC on purpose: readers then treat it as plain milliseconds, twenty times faster than through a zone library.
		e.LogicalType = format.LogicalType{Value: &format.TimestampType{Unit: format.TimeUnit{Value: &format.MilliSeconds{}}}}
	}
	return e
}

func schema(leaves []Leaf) []format.SchemaElement {
	root := format.SchemaElement{Name: "event", NumChildren: thrift.New(int32(len(leaves)))} //nolint:gosec // a few hundred
	out := []format.SchemaElement{root}
	for _, l := range leaves {
		out = append(out, l.element())
	}
	return out
}
