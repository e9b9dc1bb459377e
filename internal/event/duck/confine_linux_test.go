package duck

func hasLandlock() bool { return landlockVersion() > 0 }
