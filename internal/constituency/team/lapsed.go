package team

import (
	"time"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Lapsed gives the organisations with whom there were agreements of which none is in force, or will be, and when the last of them ended. It is a step of
// somebody's operation, which authorises.
func Lapsed(tx *sqldb.Tx, now time.Time) (map[string]time.Time, error) {
	list, err := agreements(tx, `1 = 1`)
	out, lives := map[string]time.Time{}, map[string]bool{}
	for _, a := range list {
		end := a.Ended
		if end.IsZero() {
			end = a.Until
		}
		if end.IsZero() || end.After(now) {
			lives[a.Organisation] = true
		}
		if end.After(out[a.Organisation]) {
			out[a.Organisation] = end
		}
	}
	for organisation := range lives {
		delete(out, organisation)
	}
	return out, err
}
