package shadowserver

import (
	"bytes"
	"net/netip"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format"
)

// decoder reads the rows of one file. It holds nothing that changes.
type decoder struct {
	program program
	report  Report
	window  format.Window
	limit   int
}

// run is one call of Decode: its columns and its scratch memory.
type run struct {
	*decoder
	batch   *event.Batch
	bound   []bound         // by step
	columns []*event.Column // by step; nil for an overflowing extra
	asides  []*event.Column // by step, for values that do not fit; made when one turns up
	stamps  format.Stamps
	buf     []byte
	more    []byte // overflowing extras of the row, as JSON
	failed  *step
}

// bound is what the loop over the cells needs of a step, kept small so that it stays in the nearest cache.
type bound struct {
	col      *event.Column
	cell     int32
	op       opcode
	required bool
	zero     bool
}

// bind makes the columns of the batch.
func (r *run) bind() {
	for i := range r.program.steps {
		s := &r.program.steps[i]
		if s.op != opOverflow {
			r.columns[i] = r.batch.Column(s.name)
		}
		r.bound[i] = bound{col: r.columns[i], cell: int32(s.cell), op: s.op, required: s.required && s.op != opPort, zero: s.zero} //nolint:gosec // at most maxColumns
	}
}

// fault says why a row is set aside; fine is none.
type fault uint8

const (
	fine fault = iota
	badTime
	farTime
	badAddress
	noAddress
	badPort
	badASN
	zeroAS
	mapped
	missing
)

var faults = [...]struct{ code, reason string }{
	badTime:    {event.RejectTime, "is no time like 2006-01-02 15:04:05"},
	farTime:    {event.RejectTime, "is more than ten years ago or more than two days ahead: a broken clock"},
	badAddress: {event.RejectAddress, "is no IP address"},
	noAddress:  {event.RejectAddress, "is the unspecified address, which is nobody's"},
	badPort:    {event.RejectNumber, "is no port (0 to 65535)"},
	badASN:     {event.RejectNumber, "is no AS number (0 to 4294967295)"},
	zeroAS:     {event.RejectNumber, format.ZeroASReason},
	mapped:     {event.RejectAddress, format.MappedReason},
	missing:    {event.RejectMissing, "is empty, and the row means nothing without it"},
}

// Decode implements format.Decoder.
func (d *decoder) Decode(part format.Part, b *event.Batch) (used int, err error) {
	part.TakeRejects(b)
	d.report.consts(b, d.program)
	n := len(d.program.steps)
	r := &run{decoder: d, batch: b, bound: make([]bound, n), columns: make([]*event.Column, n)}
	r.bind()
	scan := format.NewScanner(0, d.limit)
	scan.Reset(part)
	clean := format.Clean(part.Data)
	for {
		switch scan.Next() {
		case format.End:
			return len(part.Data), nil
		case format.Cut:
			return scan.Start(), nil
		case format.Bad:
			b.Reject(scan.Failure())
		case format.Record:
			r.record(scan, clean)
		}
	}
}

// record takes one record, or sets it aside.
func (r *run) record(scan *format.Scanner, clean bool) {
	fields := scan.Fields()
	if len(fields) != r.program.cells {
		r.batch.Reject(scan.Reject(event.RejectFields, fieldCount(len(fields), r.program.cells)))
		return
	}
	if !clean {
		raw := scan.Raw()
		if bytes.IndexByte(raw, 0) >= 0 {
			r.batch.Reject(scan.Reject(event.RejectNUL, "the row holds a NUL byte, which no text has"))
			return
		}
		if !utf8.Valid(raw) {
			r.batch.Reject(scan.Reject(event.RejectUTF8, r.program.notText(fields)))
			return
		}
	}
	r.batch.Begin(scan.Raw())
	if f := r.row(fields); f != fine {
		r.batch.Abort()
		what := faults[f]
		r.batch.Reject(scan.Reject(what.code, describe(r.failed.column, fields[r.failed.cell], what.reason)))
		return
	}
	if r.program.overflow {
		r.overflow(fields)
	}
	r.batch.End()
}

// row appends a record's cells to the columns.
func (r *run) row(fields [][]byte) fault {
	for i := range r.bound {
		s := &r.bound[i]
		v := fields[s.cell]
		if len(v) == 0 && s.op < opEvenEmpty {
			if s.required {
				return r.fail(i, missing)
			}
			continue
		}
		switch s.op {
		case opText:
			s.col.Text(v)
		case opText0:
			if len(v) != 1 || v[0] != '0' {
				s.col.Text(v)
			}
		case opLower:
			if s.zero && len(v) == 1 && v[0] == '0' {
				continue
			}
			r.buf = format.AppendLower(r.buf[:0], v)
			s.col.Text(r.buf)
		case opHash:
			if s.zero && len(v) == 1 && v[0] == '0' {
				continue
			}
			r.buf = format.AppendHash(r.buf[:0], v)
			s.col.Text(r.buf)
		case opOverflow:
		default:
			if f := r.typed(i, v, fields); f != fine {
				return r.fail(i, f)
			}
		}
	}
	return fine
}

func (r *run) fail(i int, f fault) fault {
	r.failed = &r.program.steps[i]
	return f
}

// typed appends a cell whose form is checked.
func (r *run) typed(i int, v []byte, fields [][]byte) fault {
	s, col := &r.program.steps[i], r.columns[i]
	switch s.op {
	case opTime:
		return r.time(col, v)
	case opAddr, opAddrMaybe, opAddrNetwork:
		return r.addr(i, v)
	case opPort:
		n, ok := format.ParseUint(v)
		if !ok || n > 65535 {
			return badPort
		}
		col.Int(n)
	case opASN:
		n, ok := format.ParseUint(v)
		if !ok || n > 1<<32-1 {
			return badASN
		}
		if n == 0 {
			return r.noSystem(s)
		}
		col.Int(n)
	case opNetwork:
		r.network(i, v)
	case opDomain:
		name, ok := format.Domain(r.buf[:0], v)
		if !ok {
			r.putAside(i, v)
			break
		}
		r.buf = name
		col.Text(name)
	case opURL:
		r.url(i, v, fields)
	case opExchangeClass:
		col.TextString(classOf(exchange(v).kind))
	case opExchangeType:
		col.TextString(exchange(v).kind)
	case opExchangeIdentifier:
		col.TextString(exchange(v).identifier)
	}
	return fine
}

func (r *run) time(col *event.Column, v []byte) fault {
	ms, ok := r.stamps.Parse(v)
	if !ok {
		return badTime
	}
	if !r.window.Holds(ms) {
		return farTime
	}
	col.Time(ms)
	return fine
}

func (r *run) addr(i int, v []byte) fault {
	s, col := &r.program.steps[i], r.columns[i]
	if a, ok := format.ParseIPv4(v); ok && a != 0 {
		col.IPv4(a)
		return fine
	}
	a, ok := format.ParseAddr(v)
	switch {
	case !ok && s.op == opAddrNetwork && isNetwork(v):
		r.putAside(i, v)
	case !ok:
		return badAddress
	case a.IsUnspecified():
		if s.op != opAddrMaybe {
			return noAddress
		}
	case format.Mapped(a, v):
		return mapped
	default:
		col.Addr(a)
	}
	return fine
}

// noSystem judges AS 0: none for the other end, such as a sinkhole, but a report is made and sent by the system that it is about.
func (r *run) noSystem(s *step) fault {
	if s.name == r.report.Role+".asn" {
		return zeroAS
	}
	return fine
}

// notText says which cell of a row is no UTF-8.
func (p program) notText(fields [][]byte) string {
	for _, s := range p.steps {
		if f := format.Text("column "+s.column, fields[s.cell]); !f.OK() {
			return f.Reason
		}
	}
	return "the row is no UTF-8"
}

func isNetwork(v []byte) bool {
	if len(v) > 50 || bytes.IndexByte(v, '/') < 0 {
		return false
	}
	p, err := netip.ParsePrefix(string(v))
	return err == nil && p.Bits() > 0
}

// network fills a prefix field; a bare address is none and stays in extra.
func (r *run) network(i int, v []byte) {
	if isNetwork(v) {
		r.columns[i].Text(v)
		return
	}
	r.putAside(i, v)
}

// putAside keeps a value that does not fit its field.
func (r *run) putAside(i int, v []byte) {
	aside := r.program.steps[i].aside
	if aside == "" || len(v) == 1 && v[0] == '0' {
		return
	}
	if r.asides == nil {
		r.asides = make([]*event.Column, len(r.columns))
	}
	if r.asides[i] == nil {
		r.asides[i] = r.batch.Column(aside)
	}
	r.asides[i].Text(v)
}

// overflow writes the extras beyond the number of columns an intake may bring as one JSON object.
func (r *run) overflow(fields [][]byte) {
	r.more = r.more[:0]
	for i := range r.program.steps {
		if s := &r.program.steps[i]; s.op == opOverflow && len(fields[s.cell]) > 0 {
			r.more = format.AppendMember(r.more, s.name, fields[s.cell])
		}
	}
	if len(r.more) > 0 {
		r.batch.Column(event.FieldExtra).Text(append(r.more, '}'))
	}
}
