// Package segment writes and reads the immutable Parquet files that hold events.
//
// A segment is a list of row groups, each made from one batch by an Encoder (many may work at once) and put into the file in order by
// a Writer. Within a row group rows are sorted by source.ip. Texts arrive numbered (event.Column keeps a dictionary), so a dictionary
// page is written as it stands and a data page is the numbers in run-length or bit-packed form: no value is hashed twice. Numbers are
// delta-packed; a text column whose values are nearly all different is stored with its lengths apart and compressed with Zstandard.
//
// The format's framing (Thrift metadata, RLE, delta packing) is parquet-go's; any Parquet reader opens the files. See
// docs/adr for why the row machinery of a general writer is not used.
package segment
