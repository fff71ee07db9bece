"""The auth service: public key, the grants of ``POST /token``, what a gateway says to a bad bearer."""
