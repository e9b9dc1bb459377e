package observable

import "github.com/firehall/firehall/internal/incident/indicator"

// Marks are the digests by which other rooms keep and find values that they seal, as this one does with its own.
type Marks struct {
	Own    int64
	Lies   []int64 // in what it lies, as far as that is kept beside Own: its host, the domains above it, the networks around it
	Asked  []int64 // what is in it lies in one of these
	Around []int64 // all that it lies in
}

// Marks digests a value as people write it. Errors: Invalid for what is no value.
func (s *Service) Marks(text string) (m Marks, err error) {
	v, err := read("", text)
	if err != nil {
		return m, err
	}
	m.Own = s.markOf(v)
	m.Lies = s.marks(append(v.above(), kept(v.net())...))
	m.Around = s.marks(append(v.above(), networks(v.net(), 1, 1)...))
	if m.Asked = []int64{m.Own}; v.kind == indicator.CIDR {
		m.Asked = append(m.Asked, s.marks(asked(v.net()))...)
	}
	return m, nil
}
