package rsit

type classEntry struct {
	name        Class
	title, text string
}

type typeEntry struct {
	name        Type
	class       Class
	title, text string
}

// classes in the taxonomy's order.
var classes = []classEntry{
	{AbusiveContent, "Abusive content", "Content that nobody asked for, or that harms people."},
	{MaliciousCode, "Malicious code", "Software made to do harm, and what serves it."},
	{InformationGathering, "Information gathering", "Somebody is finding out about systems or people."},
	{IntrusionAttempts, "Intrusion attempts", "Somebody is trying to get in."},
	{Intrusions, "Intrusions", "Somebody got in."},
	{Availability, "Availability", "Something does not work, by attack, mistake or accident."},
	{InformationContentSecurity, "Information content security", "Information was read, changed, lost or published without right."},
	{Fraud, "Fraud", "Somebody takes by deceit what is not theirs."},
	{Vulnerable, "Vulnerable", "A system is open to attack."},
	{Other, "Other", "What fits nowhere else; if there is much of it, the scheme needs work."},
	{Test, "Test", "Made for testing."},
}

// table holds the types in the taxonomy's order.
var table = []typeEntry{
	{"spam", AbusiveContent, "Spam", "Mail sent in bulk to people who did not ask for it, and the machines that serve it."},
	{"harmful-speech", AbusiveContent, "Harmful speech", "Somebody is harassed, threatened or discriminated against."},
	{"violence", AbusiveContent, "(Child) sexual exploitation, sexual or violent content", "Content that shows abuse of children, sex or violence."},

	{InfectedSystem, MaliciousCode, "Infected system", "A machine runs malware; often seen because it calls a sinkhole."},
	{C2Server, MaliciousCode, "C2 server", "A server from which infected machines get their orders."},
	{"malware-distribution", MaliciousCode, "Malware distribution", "An address from which malware is downloaded."},
	{"malware-configuration", MaliciousCode, "Malware configuration", "An address from which malware gets its settings."},

	{"scanner", InformationGathering, "Scanning", "Requests that search systems for services and weaknesses."},
	{"sniffing", InformationGathering, "Sniffing", "Traffic on a network is listened to."},
	{"social-engineering", InformationGathering, "Social engineering", "People are tricked or pressed into telling what they should not."},

	{"ids-alert", IntrusionAttempts, "Exploitation of known vulnerabilities", "An attempt to use a weakness that has a known identifier."},
	{"brute-force", IntrusionAttempts, "Login attempts", "Passwords are tried, one after the other."},
	{"exploit", IntrusionAttempts, "New attack signature", "An attempt by a way not known before."},

	{"privileged-account-compromise", Intrusions, "Privileged account compromise", "Somebody has got administrator's rights."},
	{UnprivilegedAccountCompromise, Intrusions, "Unprivileged account compromise", "Somebody has got into an ordinary account."},
	{"application-compromise", Intrusions, "Application compromise", "Somebody has got into an application by a weakness of its."},
	{"system-compromise", Intrusions, "System compromise", "Somebody has got into a machine and may run commands."},
	{"burglary", Intrusions, "Burglary", "Somebody has broken into a building."},

	{"dos", Availability, "Denial of service", "One source makes a service slow or unreachable."},
	{DDoS, Availability, "Distributed denial of service", "Many sources make a service slow or unreachable."},
	{"misconfiguration", Availability, "Misconfiguration", "A wrong setting keeps a service from working."},
	{"sabotage", Availability, "Sabotage", "Somebody damages something so that it no longer works."},
	{"outage", Availability, "Outage", "A service stopped by accident or nature."},

	{UnauthorisedInformationAccess, InformationContentSecurity, "Unauthorised access to information", "Somebody has read what they may not."},
	{"unauthorised-information-modification", InformationContentSecurity, "Unauthorised modification of information", "Somebody has changed what they may not; defacements too."},
	{"data-loss", InformationContentSecurity, "Data loss", "Data are gone, by failure or theft."},
	{"data-leak", InformationContentSecurity, "Leak of confidential information", "Confidential data, such as passwords, are out."},

	{"unauthorised-use-of-resources", Fraud, "Unauthorised use of resources", "What belongs to others is used to make money."},
	{"copyright", Fraud, "Copyright", "Copies of protected works are offered or used without licence."},
	{"masquerade", Fraud, "Masquerade", "Somebody passes for somebody else to gain by it."},
	{"phishing", Fraud, "Phishing", "A page or message that passes for another to get secrets out of people."},

	{WeakCrypto, Vulnerable, "Weak cryptography", "A public service offers cryptography that can be broken."},
	{DDoSAmplifier, Vulnerable, "DDoS amplifier", "A public service that others can misuse to multiply an attack."},
	{PotentiallyUnwantedAccessible, Vulnerable, "Potentially unwanted accessible services", "A service is public that probably should not be."},
	{InformationDisclosure, Vulnerable, "Information disclosure", "A public service tells what it should keep to itself."},
	{VulnerableSystem, Vulnerable, "Vulnerable system", "A system has a weakness that can be attacked."},

	{OtherType, Other, "Uncategorised", "It fits no other type."},
	{Undetermined, Other, "Undetermined", "What it is is not known."},

	{TestType, Test, "Test", "Made for testing."},
}

// byName finds a type's place in table.
var byName = func() map[Type]int {
	m := make(map[Type]int, len(table))
	for i, t := range table {
		m[t.name] = i
	}
	return m
}()
