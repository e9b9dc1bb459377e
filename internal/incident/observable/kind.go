package observable

import "github.com/firehall/firehall/internal/incident/indicator"

// Kind is what an observable is: one of an indicator's kinds, or one of those that only people tell.
type Kind = indicator.Kind

// The kinds beside those of indicators.
const (
	File      Kind = "filename"
	Registry  Kind = "registry" // key or value of the Windows registry
	UserAgent Kind = "user-agent"
	Account   Kind = "account" // of a service or a system
	Phone     Kind = "phone"
	Bitcoin   Kind = "bitcoin"
	IBAN      Kind = "iban"
	MAC       Kind = "mac"
	Mutex     Kind = "mutex"
	Other     Kind = "other"
)

// Kinds lists the kinds in the order in which lists show them.
func Kinds() []Kind {
	return append(indicator.Kinds(), File, Registry, UserAgent, Account, Phone, Bitcoin, IBAN, MAC, Mutex, Other)
}
