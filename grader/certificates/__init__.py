"""Certificates: who has earned one, the signed document, its page, the register, and its verification.

A certificate is a small signed JSON document (`document`). The page (`page`) shows it and carries it;
whoever has the issuer's public key can verify both without a network (`verifying`).
"""
