// Package format is the contract between the doors that bring input and the decoders that read it, and the parts which every decoder
// needs: the splitter that cuts a stream into parts at record boundaries, the CSV scanner, and the parsers of typed values.
//
// Words: a part is a stretch of the decompressed input, a record is what becomes one row, a reject is a record set aside. Guarantees:
// each byte of the input (but the header) lies in exactly one part or reject; a bad record costs no other record; the same part
// always gives the same rows; memory is bounded by the part size and the record limit, whatever the input holds.
package format
