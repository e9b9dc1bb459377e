package app

import (
	"github.com/firehall/firehall/internal/sharing/poll"
)

// sources looks at the TAXII servers that are asked.
func (e *examination) sources() {
	const check = "taxii"
	list, err := poll.New(poll.Options{DB: e.DB, Clock: e.Clock, Log: e.Log, Sources: e.Config.TAXII}).List(e.ctx, e.actor)
	if err != nil {
		e.bad(check, "", "%v", err)
		return
	}
	works := 0
	for _, s := range list {
		switch {
		case s.Error != "":
			e.warn(check, "firehall sharing sources shows all of them; what is left to do stands in the message", "%s fails since %s, %d times: %s", s.Name,
				s.Failing.UTC().Format("2006-01-02 15:04"), s.Failures, s.Error)
		case s.Worked.IsZero():
			e.good(check, "%s was not asked yet: a server that runs (firehall serve) does it", s.Name)
		default:
			works++
		}
	}
	if works > 0 {
		e.good(check, "servers that were read to their end: %d", works)
	}
}
